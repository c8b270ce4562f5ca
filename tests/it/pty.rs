//! A terminal of its own for a program: what it draws, and what is typed to it.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Longer than any test may wait for a word.
const PATIENCE: Duration = Duration::from_mins(1);

type Drawn = Arc<(Mutex<Vec<u8>>, Condvar)>;

/// A program on a terminal of 80 columns.
pub(crate) struct OnTerminal {
    pub(crate) child: Child,
    keys: File,
    drawn: Drawn,
    reading: JoinHandle<()>,
}

/// How it ended, and everything it drew.
pub(crate) struct Screenful {
    pub(crate) code: i32,
    pub(crate) drawn: String,
}

impl OnTerminal {
    /// Starts `command` with the terminal as its standard input, output and error.
    pub(crate) fn start(command: &mut Command) -> Self {
        let (keys, screen) = terminal();
        let [stdin, stdout, stderr] = [0; 3].map(|_| Stdio::from(screen.try_clone().unwrap()));
        let child = command.stdin(stdin).stdout(stdout).stderr(stderr).env("TERM", "xterm");
        let child = child.spawn().unwrap();
        // Only the program holds its side from now on: its end is the end of what is drawn.
        drop(screen);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let drawn = Drawn::default();
        let mut from = File::from(keys.try_clone().unwrap());
        let to = Arc::clone(&drawn);
        let reading = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                match from.read(&mut piece) {
                    Ok(0) => break,
                    Ok(length) => {
                        to.0.lock().unwrap().extend_from_slice(&piece[..length]);
                        to.1.notify_all();
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // A terminal that its last program left: an error on Linux, an end elsewhere.
                    Err(_) => break,
                }
            }
        });
        Self { child, keys: File::from(keys), drawn, reading }
    }

    /// Waits until these words have been drawn.
    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        let end = Instant::now() + PATIENCE;
        let mut drawn = self.drawn.0.lock().unwrap();
        while !String::from_utf8_lossy(&drawn).contains(words) {
            let left = end.saturating_duration_since(Instant::now());
            let so_far = String::from_utf8_lossy(&drawn).into_owned();
            assert!(!left.is_zero(), "`{words}` was not drawn:\n{so_far}");
            drawn = self.drawn.1.wait_timeout(drawn, left).unwrap().0;
        }
    }

    /// Types this; `\r` is the Enter key, `\u{3}` Ctrl-C where the terminal is the program's own.
    pub(crate) fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Screenful {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reading.join().unwrap();
        let drawn = String::from_utf8_lossy(&self.drawn.0.lock().unwrap()).into_owned();
        Screenful { code, drawn }
    }
}

/// A terminal: the side of the person, and the side of the program.
fn terminal() -> (OwnedFd, OwnedFd) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&program, size).unwrap();
    (person, program.into())
}
