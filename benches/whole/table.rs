//! The figures beside what they must be and what they ought to be.

/// aiohttp's CPU-seconds per million updates on the machine that the figures below were set on.
const YARDSTICK_THEN: f64 = 8.0;

/// One figure.
pub(crate) struct Line {
    what: &'static str,
    value: f64,
    /// The yardstick's figure for the same work.
    yardstick: Option<f64>,
    /// The yardstick's figure for updates, which says how fast this machine is.
    updates: Option<f64>,
    must: f64,
    goal: f64,
}

impl Line {
    /// CPU-seconds per million records.
    pub(crate) const fn cpu(
        what: &'static str,
        value: f64,
        yardstick: Option<f64>,
        must: f64,
        goal: f64,
    ) -> Self {
        Self { what, value, yardstick, updates: yardstick, must, goal }
    }

    pub(crate) const fn plain(what: &'static str, value: f64, must: f64, goal: f64) -> Self {
        Self { what, value, yardstick: None, updates: None, must, goal }
    }

    /// The same with the yardstick's figure for the same work, by which it is not scaled.
    pub(crate) const fn ratio_to(self, yardstick: Option<f64>) -> Self {
        Self { yardstick, ..self }
    }

    /// The same beside the yardstick's figure for updates.
    pub(crate) const fn beside(self, updates: Option<f64>) -> Self {
        Self { updates, ..self }
    }
}

/// Prints the table. A ratio says how many times as much CPU the aiohttp script takes.
pub(crate) fn print(lines: &[Line], rows: u64, yardstick_rows: u64) {
    println!("{rows} rows; yardstick: aiohttp, {yardstick_rows} rows");
    println!(
        "{:40} {:>8} {:>10} {:>8} {:>8} {:>8}  verdict",
        "CPU-seconds per 1M records, or as named", "here", "yardstick", "ratio", "must", "goal"
    );
    for Line { what, value, yardstick, updates, must, goal } in lines {
        let shown = |number: Option<f64>| number.map_or_else(String::new, |n| format!("{n:.2}"));
        // CPU counts by ratio: the figures were set where aiohttp took 8.0 seconds for updates.
        let slower = updates.map_or(1.0, |updates| updates / YARDSTICK_THEN);
        let (must, goal) = (must * slower, goal * slower);
        println!(
            "{what:40} {value:>8.2} {:>10} {:>8} {must:>8.2} {goal:>8.2}  {}",
            shown(*yardstick),
            shown(yardstick.map(|yardstick| yardstick / value)),
            verdict(*value, must, goal),
        );
    }
    println!(
        "must and goal of CPU are those of the machine on which the yardstick took \
         {YARDSTICK_THEN:.1} for updates, times as much as it takes longer here"
    );
}

fn verdict(value: f64, must: f64, goal: f64) -> &'static str {
    if value <= goal {
        "goal"
    } else if value <= must {
        "must"
    } else {
        "missed"
    }
}
