//! Instructions per record, counted by callgrind: the same on a noisy machine as on a quiet one.

use std::process::Command;

use crate::Bench;

/// Two sizes, so that the start-up falls out of their difference.
const FEW: u64 = 5_000;
const MANY: u64 = 25_000;

impl Bench {
    /// Prints the instructions of the whole process that each further record costs.
    pub(crate) fn instructions(&self) {
        println!("instructions per record, whole process, by callgrind: {FEW} to {MANY} rows");
        for (what, operation, contacts) in [
            ("updates, contacts = \"full\"", "bulk-update", "full"),
            ("updates, contacts = \"ids\"", "bulk-update", "ids"),
            ("deletes", "bulk-delete", "full"),
        ] {
            let few = self.counted(operation, contacts, FEW);
            let many = self.counted(operation, contacts, MANY);
            println!("{what:30} {:>8}", many.saturating_sub(few) / (MANY - FEW));
        }
        println!("one row, whole process         {:>8}", self.counted("bulk-update", "full", 1));
    }

    fn counted(&self, operation: &str, contacts: &str, rows: u64) -> u64 {
        let log = self.dir.join("valgrind.log");
        let mut valgrind = Command::new("valgrind");
        valgrind.arg("--tool=callgrind");
        valgrind.arg(format!("--log-file={}", log.display()));
        // Kept where one is named, for callgrind_annotate.
        let out = std::env::var("CALLGRIND_OUT").unwrap_or_else(|_| "/dev/null".to_owned());
        valgrind.arg(format!("--callgrind-out-file={out}"));
        valgrind.arg(env!("CARGO_BIN_EXE_korebulk"));
        self.job_under(valgrind, operation, contacts, rows);
        let log = std::fs::read_to_string(log).unwrap();
        let collected = log.lines().find_map(|line| line.split_once("Collected :")).unwrap().1;
        collected.trim().parse().unwrap()
    }
}
