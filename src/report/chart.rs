//! Geometry of the page's charts, in the units of their view boxes. Knows no colours: those are CSS classes.

use super::text::put;
use super::traffic::{Rate, Wait};
use crate::base::numbers::{percent, rate, thousands};
use crate::model::{Ledger, Outcome};

/// Width of every chart.
pub(super) const WIDTH: f64 = 720.0;
/// Narrowest part of the ledger bar: one record in a million is still seen.
const SLIVER: f64 = 6.0;

/// One outcome's part of the ledger bar.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) outcome: Outcome,
    pub(super) count: String,
    pub(super) share: String,
    pub(super) x: f64,
    pub(super) width: f64,
}

/// The ledger as parts of one bar that fills its width.
#[expect(clippy::cast_precision_loss, reason = "a width on a page")]
pub(super) fn ledger_bar(ledger: &Ledger) -> Vec<Slice> {
    let parts: Vec<(Outcome, u64)> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, ledger.count(outcome)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let exact = |count: u64| WIDTH * count as f64 / ledger.read.max(1) as f64;
    let widened: f64 = parts.iter().map(|(_, count)| exact(*count).max(SLIVER)).sum();
    let spare: f64 = parts.iter().map(|(_, count)| (exact(*count) - SLIVER).max(0.0)).sum();
    // What the slivers gained is taken from the wide parts, so that the bar closes.
    let shrink = if spare > 0.0 { (widened - WIDTH) / spare } else { 0.0 };
    let mut x = 0.0;
    let mut place = |(outcome, count): (Outcome, u64)| {
        let wide = exact(count).max(SLIVER);
        let width = wide - (wide - SLIVER) * shrink;
        let part = Slice {
            outcome,
            count: thousands(count),
            share: percent(count, ledger.read),
            x,
            width,
        };
        x += width;
        part
    };
    parts.into_iter().map(&mut place).collect()
}

/// A line of a chart's grid and its label.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// A stretch of the x axis.
#[derive(Debug)]
pub(super) struct Band {
    pub(super) x: f64,
    pub(super) width: f64,
}

/// Requests per minute over time, with the quota.
#[derive(Debug)]
pub(super) struct RateChart {
    /// The outline of the filled steps, as an SVG path.
    pub(super) area: String,
    /// Where the quota's line lies, and its number.
    pub(super) quota: Option<Tick>,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    /// Times in which nothing was under way.
    pub(super) waits: Vec<Band>,
    /// The same in a sentence.
    pub(super) caption: String,
}

/// The frame of the rate chart: left, right, top and bottom of its plot.
pub(super) const LEFT: f64 = 64.0;
pub(super) const RIGHT: f64 = WIDTH - 8.0;
pub(super) const TOP: f64 = 14.0;
pub(super) const BOTTOM: f64 = 190.0;

/// The chart, where the run was long enough for one.
pub(super) fn rate_chart(rates: &[Rate], quota: Option<f64>, waits: &[Wait]) -> Option<RateChart> {
    let end = rates.last()?.to;
    let highest = rates.iter().map(|r| r.per_minute).fold(0.0, f64::max);
    let step = y_step(highest.max(quota.unwrap_or(0.0)) * 1.08);
    let steps = (1..=5_u32).map(f64::from).find(|n| n * step >= highest.max(quota.unwrap_or(0.0)));
    let top = step * steps.unwrap_or(5.0);
    let x = |seconds: f64| LEFT + (RIGHT - LEFT) * (seconds / end).clamp(0.0, 1.0);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value / top).clamp(0.0, 1.0);
    let mut area = format!("M{:.1} {BOTTOM}", x(0.0));
    for rate in rates {
        let level = y(rate.per_minute);
        put!(area, "L{:.1} {level:.1}H{:.1}", x(rate.from), x(rate.to));
    }
    put!(area, "V{BOTTOM}Z");
    let y_ticks = (0..=5_u32).map(|n| f64::from(n) * step).filter(|value| *value <= top + 0.01);
    let mean = rates.iter().map(|r| r.per_minute * (r.to - r.from)).sum::<f64>() / end;
    Some(RateChart {
        area,
        quota: quota.map(|quota| Tick { at: y(quota), label: rate(quota) }),
        x_ticks: x_ticks(end).map(|s| Tick { at: x(s), label: clock(s) }).collect(),
        y_ticks: y_ticks.map(|value| Tick { at: y(value), label: rate(value) }).collect(),
        waits: waits.iter().map(|wait| band(*wait, x)).collect(),
        caption: caption(mean, highest, quota),
    })
}

fn band(wait: Wait, x: impl Fn(f64) -> f64) -> Band {
    let from = x(wait.from.as_secs_f64());
    Band { x: from, width: (x(wait.to.as_secs_f64()) - from).max(1.0) }
}

fn caption(mean: f64, highest: f64, quota: Option<f64>) -> String {
    let against = quota.map_or_else(String::new, |quota| format!(" of {} allowed", rate(quota)));
    format!("{}{against} on average, {} at most", rate(mean), rate(highest))
}

/// A round step of which five reach the value.
fn y_step(value: f64) -> f64 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(60) {
        if step * 5.0 >= value {
            break;
        }
        step *= factor;
    }
    step
}

/// Round times, at most seven of them.
fn x_ticks(end: f64) -> impl Iterator<Item = f64> {
    let steps = [
        10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 43_200.0,
        86_400.0, 259_200.0, 864_000.0,
    ];
    let step = steps.into_iter().find(|step| end / step <= 6.0).unwrap_or(8_640_000.0);
    (0..=6_u32).map(move |n| f64::from(n) * step).take_while(move |seconds| *seconds <= end)
}

/// `0`, `30 s`, `5 min`, `2 h`, `3 d`: ticks are whole in their unit.
fn clock(seconds: f64) -> String {
    let unit = |size: f64, name: &str| format!("{} {name}", rate(seconds / size));
    match seconds {
        s if s <= 0.0 => "0".to_owned(),
        s if s < 60.0 => unit(1.0, "s"),
        s if s < 3600.0 => unit(60.0, "min"),
        s if s < 259_200.0 => unit(3600.0, "h"),
        _ => unit(86_400.0, "d"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_ledger_bar_closes(counts in prop::array::uniform6(0_u64..2_000_000)) {
            let mut ledger = Ledger { read: counts.iter().sum(), ..Ledger::default() };
            for (outcome, count) in Outcome::ALL.into_iter().zip(counts) {
                *ledger.count_mut(outcome) = count;
            }
            let parts = ledger_bar(&ledger);
            let mut x = 0.0;
            for part in &parts {
                prop_assert!((part.x - x).abs() < 0.01 && part.width >= SLIVER - 0.01);
                x += part.width;
            }
            prop_assert!(parts.is_empty() || (x - WIDTH).abs() < 0.01);
        }
    }

    #[test]
    fn a_chart_has_round_ticks_and_its_quota() {
        let rates = [(0.0, 48.0), (60.0, 51.0)].map(|(from, n)| Rate {
            from,
            to: from + 60.0,
            per_minute: n,
        });
        let wait = Wait { from: Duration::from_secs(30), to: Duration::from_mins(1) };
        let chart = rate_chart(&rates, Some(50.0), &[wait]).unwrap();
        let labels = |ticks: &[Tick]| ticks.iter().map(|t| t.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels(&chart.y_ticks), ["0", "20", "40", "60"]);
        assert_eq!(labels(&chart.x_ticks), ["0", "30 s", "1 min", "1.5 min", "2 min"]);
        assert_eq!(chart.caption, "49.5 of 50 allowed on average, 51 at most");
        assert_eq!(chart.waits.len(), 1);
        assert!(rate_chart(&[], Some(50.0), &[]).is_none());
    }
}
