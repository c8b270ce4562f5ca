//! What asks a process to stop: its console, and a pipe of its own in the place of a signal.

use std::fs::OpenOptions;
use std::io::{self, Write as _};

use tokio::io::AsyncReadExt as _;
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
    ctrl_logoff, ctrl_shutdown,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Ctrl-C, Ctrl-Break, the end of the window, the session or the machine, and other processes of this user.
#[derive(Debug)]
pub(crate) struct StopSignals {
    interrupt: CtrlC,
    interruption: CtrlBreak,
    close: CtrlClose,
    log_off: CtrlLogoff,
    shut_down: CtrlShutdown,
    asked: Receiver<()>,
}

impl StopSignals {
    /// From now on these do not end the process; after the last three the system does so within seconds.
    pub(crate) fn listen() -> io::Result<Self> {
        let (asks, asked) = channel(1);
        // Somebody else has the name: nobody can ask, all the rest works.
        if let Ok(pipe) = pipe(std::process::id()) {
            tokio::spawn(hear(pipe, asks));
        }
        Ok(Self {
            interrupt: ctrl_c()?,
            interruption: ctrl_break()?,
            close: ctrl_close()?,
            log_off: ctrl_logoff()?,
            shut_down: ctrl_shutdown()?,
            asked,
        })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.interruption.recv() => "Ctrl-Break",
            _ = self.close.recv() => "the end of its window",
            _ = self.log_off.recv() => "the end of the session",
            _ = self.shut_down.recv() => "the end of the machine",
            Some(()) = self.asked.recv() => "another korebulk",
            else => std::future::pending().await,
        }
    }
}

/// The pipe of a process that only this user, the system and administrators can write to, on this machine.
fn pipe(process: u32) -> io::Result<NamedPipeServer> {
    ServerOptions::new().access_outbound(false).first_pipe_instance(true).create(name(process))
}

async fn hear(mut pipe: NamedPipeServer, asks: Sender<()>) {
    while pipe.connect().await.is_ok() {
        // Who came without a word has asked for nothing.
        if pipe.read_u8().await.is_ok() && asks.send(()).await.is_err() {
            return;
        }
        if pipe.disconnect().is_err() {
            return;
        }
    }
}

fn name(process: u32) -> String {
    format!(r"\\.\pipe\korebulk-stop-{process}")
}

/// Asks a process to stop, as the first Ctrl-C in its window does.
pub(crate) fn ask_to_stop(process: u32) -> io::Result<()> {
    OpenOptions::new().write(true).open(name(process))?.write_all(b"\n")
}
