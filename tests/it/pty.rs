//! A terminal of its own for a program: what it draws, what is typed to it, and that it may be closed.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pty_process::blocking::Pty;

use crate::support::{Ran, signal};

/// Longer than any test may wait.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Default)]
struct Drawn {
    bytes: Vec<u8>,
    /// Nobody looks on.
    closing: bool,
    /// Nothing more comes.
    over: bool,
}

type Screen = Arc<(Mutex<Drawn>, Condvar)>;

/// A program whose controlling terminal this is: 80 columns, and Ctrl-C is a signal.
pub(crate) struct OnTerminal {
    child: Child,
    keys: Arc<Pty>,
    screen: Screen,
    reading: JoinHandle<()>,
}

impl OnTerminal {
    /// Starts `command` with the terminal as its standard input, output and error.
    pub(crate) fn start(command: &mut Command) -> Self {
        let (pty, program) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(24, 80)).unwrap();
        let command = std::mem::replace(command.env("TERM", "xterm"), Command::new("true"));
        let child = pty_process::blocking::Command::from(command).spawn(program).unwrap();
        let (keys, screen) = (Arc::new(pty), Screen::default());
        let (from, to) = (Arc::clone(&keys), Arc::clone(&screen));
        let reading = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            loop {
                // A terminal that its last program left is an error to read from.
                let length = (&*from).read(&mut piece).unwrap_or(0);
                let mut drawn = to.0.lock().unwrap();
                drawn.bytes.extend_from_slice(&piece[..length]);
                drawn.over = length == 0 || drawn.closing;
                to.1.notify_all();
                if drawn.over {
                    break;
                }
            }
        });
        Self { child, keys, screen, reading }
    }

    /// Waits until it holds of what is drawn.
    #[track_caller]
    fn wait(&self, what: &str, holds: impl Fn(&Drawn) -> bool) -> MutexGuard<'_, Drawn> {
        let end = Instant::now() + PATIENCE;
        let mut drawn = self.screen.0.lock().unwrap();
        while !holds(&drawn) {
            let left = end.saturating_duration_since(Instant::now());
            let so_far = String::from_utf8_lossy(&drawn.bytes).into_owned();
            if left.is_zero() {
                drop(drawn);
                signal(&self.child, "KILL");
                panic!("{what} never came:\n{so_far}");
            }
            drawn = self.screen.1.wait_timeout(drawn, left).unwrap().0;
        }
        drawn
    }

    /// Waits until these words have been drawn.
    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        let holds = |drawn: &Drawn| String::from_utf8_lossy(&drawn.bytes).contains(words);
        drop(self.wait(&format!("`{words}`"), holds));
    }

    /// Types this; `\r` is the Enter key, `\u{3}` Ctrl-C.
    pub(crate) fn types(&self, keys: &str) {
        (&*self.keys).write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for its end; all that was drawn counts as said.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ran {
        drop(self.wait("its end", |drawn| drawn.over));
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reading.join().unwrap();
        let err = String::from_utf8_lossy(&self.screen.0.lock().unwrap().bytes).into_owned();
        Ran { code, out: String::new(), err }
    }

    /// Closes the terminal under it; its exit code.
    pub(crate) fn close(mut self) -> i32 {
        self.screen.0.lock().unwrap().closing = true;
        // The terminal shows what is typed, and so wakes the thread that reads.
        self.types("x");
        self.reading.join().unwrap();
        drop(self.keys);
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}
