//! Kills a process at a moment of its own: as it enters its n-th call that others could see the effect of.
//!
//! Between two such calls nothing changes on disk or on the wire, so that all of them are all the moments there are.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// How a traced process came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As it was about to do this.
    Killed { call: String },
    /// By itself, after so many calls.
    Ended { code: i32, calls: usize },
}

/// Starts `command` and kills it as it enters its `at`th call, from 1; 0 only counts them.
pub(crate) fn cut(command: &Command, at: usize) -> Cut {
    // A thread of its own: only who started a process may trace it, and only its own children are waited for.
    std::thread::scope(|scope| scope.spawn(|| Tracer::start(command, at).run()).join().unwrap())
}

struct Tracer {
    process: Pid,
    at: usize,
    calls: usize,
}

impl Tracer {
    fn start(command: &Command, at: usize) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "kill -STOP $$; exec \"$0\" \"$@\""]);
        shell.arg(command.get_program()).args(command.get_args()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(command.get_current_dir().unwrap());
        let null = std::process::Stdio::null;
        shell.stdin(null()).stdout(null()).stderr(null());
        #[expect(clippy::zombie_processes, reason = "the tracer waits for it, with its threads")]
        let child = shell.spawn().unwrap();
        let process = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let stopped = waitpid(process, Some(WaitPidFlag::WUNTRACED | ours())).unwrap();
        assert_eq!(stopped, WaitStatus::Stopped(process, Signal::SIGSTOP));
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(process, options).unwrap();
        kill(process, Signal::SIGCONT).unwrap();
        Self { process, at, calls: 0 }
    }

    fn run(mut self) -> Cut {
        let mut killed = None;
        loop {
            let signal = match waitpid(None, Some(ours())).unwrap() {
                WaitStatus::Exited(process, code) if process == self.process => {
                    return killed.map_or(Cut::Ended { code, calls: self.calls }, |call| {
                        Cut::Killed { call }
                    });
                }
                WaitStatus::Signaled(process, signal, _) if process == self.process => {
                    let call = killed.unwrap_or_else(|| panic!("killed by {signal}"));
                    return Cut::Killed { call };
                }
                WaitStatus::PtraceSyscall(thread) => {
                    if let Some(call) = self.visible_call(thread) {
                        self.calls += 1;
                        if self.calls == self.at {
                            kill(self.process, Signal::SIGKILL).unwrap();
                            killed = Some(call);
                        }
                    }
                    (thread, None)
                }
                WaitStatus::Stopped(thread, signal) => (thread, Some(signal)),
                WaitStatus::PtraceEvent(thread, ..) => (thread, None),
                _ => continue,
            };
            match ptrace::syscall(signal.0, signal.1) {
                // It is dead already.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The call that `thread` enters, where others can see its effect.
    fn visible_call(&self, thread: Pid) -> Option<String> {
        let enters = ptrace::syscall_info(thread).ok()?.op == libc::PTRACE_SYSCALL_INFO_ENTRY;
        if !enters {
            return None;
        }
        let text = fs::read_to_string(format!("/proc/{thread}/syscall")).ok()?;
        let mut words = text.split_whitespace();
        let number: i64 = words.next()?.parse().ok()?;
        let words: Vec<u64> = words.map(|word| hexadecimal(word).unwrap()).collect();
        let file = || fs::read_link(format!("/proc/{}/fd/{}", self.process, words[0])).ok();
        let (name, how) =
            CALLS.iter().find(|call| call.0 == number).map(|call| (call.1, call.2))?;
        let visible = match how {
            Visible::Always => true,
            Visible::ToReaders => words[0] > 2 && file().is_some_and(|file| has_readers(&file)),
            Visible::Creating { flags } => words[flags] & libc::O_CREAT as u64 != 0,
        };
        let on = file().filter(|_| how != (Visible::Creating { flags: 2 }));
        visible.then(|| format!("{name} {}", on.unwrap_or_default().display()))
    }
}

/// This thread's children and whatever threads they have.
fn ours() -> WaitPidFlag {
    WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD
}

fn hexadecimal(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

/// What lies on a disk, or goes to another process.
fn has_readers(file: &Path) -> bool {
    file.is_absolute() && !file.starts_with("/dev") || file.to_string_lossy().starts_with("socket:")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visible {
    Always,
    /// Where the first argument is a file or a socket.
    ToReaders,
    /// Where this argument says so.
    Creating {
        flags: usize,
    },
}

const CALLS: &[(i64, &str, Visible)] = &[
    (libc::SYS_write, "write", Visible::ToReaders),
    (libc::SYS_writev, "writev", Visible::ToReaders),
    (libc::SYS_pwrite64, "pwrite64", Visible::ToReaders),
    (libc::SYS_pwritev, "pwritev", Visible::ToReaders),
    (libc::SYS_sendto, "sendto", Visible::ToReaders),
    (libc::SYS_sendmsg, "sendmsg", Visible::ToReaders),
    (libc::SYS_fsync, "fsync", Visible::Always),
    (libc::SYS_fdatasync, "fdatasync", Visible::Always),
    (libc::SYS_ftruncate, "ftruncate", Visible::Always),
    (libc::SYS_fallocate, "fallocate", Visible::Always),
    (libc::SYS_renameat, "renameat", Visible::Always),
    (libc::SYS_renameat2, "renameat2", Visible::Always),
    (libc::SYS_unlinkat, "unlinkat", Visible::Always),
    (libc::SYS_mkdirat, "mkdirat", Visible::Always),
    (libc::SYS_linkat, "linkat", Visible::Always),
    (libc::SYS_fchmod, "fchmod", Visible::Always),
    (libc::SYS_openat, "openat", Visible::Creating { flags: 2 }),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, "open", Visible::Creating { flags: 1 }),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rename, "rename", Visible::Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_unlink, "unlink", Visible::Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, "mkdir", Visible::Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_rmdir, "rmdir", Visible::Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_link, "link", Visible::Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_chmod, "chmod", Visible::Always),
];
