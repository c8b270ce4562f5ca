//! The times of cron as triggers of Task Scheduler, in the elements of its schema.

use super::{ANY_DAY, Field, Timetable};

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Times that one task gets: a task may have 48 triggers, and one of them starts it again.
const MOST: usize = 47;

impl Timetable {
    /// `CalendarTrigger` elements: one for each time of day, and twice that where cron means "either of the days".
    /// `None` where Task Scheduler knows no such days, or too many times.
    pub fn as_triggers(&self) -> Option<Vec<String>> {
        let schedules = match !self.days.star && !self.weekdays.star {
            true => {
                vec![self.schedule(&self.days, &ANY_DAY)?, self.schedule(&ANY_DAY, &self.weekdays)?]
            }
            false => vec![self.schedule(&self.days, &self.weekdays)?],
        };
        let mut triggers = Vec::new();
        for schedule in &schedules {
            for hour in &self.hours.values {
                // Without a zone: local time, before and after a change of clocks.
                triggers.extend(self.minutes.values.iter().map(|minute| {
                    format!("<StartBoundary>2026-01-01T{hour:02}:{minute:02}:00</StartBoundary>{schedule}")
                }));
            }
        }
        (triggers.len() <= MOST).then_some(triggers)
    }

    fn schedule(&self, days: &Field, weekdays: &Field) -> Option<String> {
        let is_any = |field: &Field, all: usize| [0, all].contains(&field.values.len());
        let every_month = is_any(&self.months, 12);
        let week = named(&DAYS, weekdays, 0);
        let months = named(&MONTHS, &self.months, 1);
        Some(match (is_any(days, 31), is_any(weekdays, 7)) {
            (true, true) if every_month => {
                "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>".to_owned()
            }
            (true, false) if every_month => format!(
                "<ScheduleByWeek><DaysOfWeek>{week}</DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>"
            ),
            (true, false) => {
                let weeks = ["1", "2", "3", "4", "Last"].map(|week| format!("<Week>{week}</Week>"));
                let weeks = weeks.concat();
                format!(
                    "<ScheduleByMonthDayOfWeek><Weeks>{weeks}</Weeks><DaysOfWeek>{week}</DaysOfWeek><Months>{months}</Months></ScheduleByMonthDayOfWeek>"
                )
            }
            (any_day, true) => {
                let days = if any_day { (1..=31).collect() } else { days.values.clone() };
                let days: Vec<String> =
                    days.iter().map(|day| format!("<Day>{day}</Day>")).collect();
                let days = days.concat();
                format!(
                    "<ScheduleByMonth><DaysOfMonth>{days}</DaysOfMonth><Months>{months}</Months></ScheduleByMonth>"
                )
            }
            // Days of the month that are these weekdays, too.
            (false, false) => return None,
        })
    }
}

fn named(names: &[&str], field: &Field, first: u8) -> String {
    let name = |value: &u8| format!("<{}/>", names[usize::from(value - first)]);
    field.values.iter().map(name).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triggers(cron: &str) -> Option<String> {
        Some(Timetable::cron(cron).unwrap().as_triggers()?.join("\n"))
    }

    #[test]
    fn each_time_of_day_is_a_trigger_with_its_days() {
        let day = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>";
        let at = |time: &str| format!("<StartBoundary>2026-01-01T{time}:00</StartBoundary>");
        assert_eq!(triggers("5 2 * * *"), Some(at("02:05") + day));
        let twice = [at("02:00") + day, at("14:00") + day].join("\n");
        assert_eq!(triggers("0 2,14 * * *"), Some(twice));
        let week = "<ScheduleByWeek><DaysOfWeek><Sunday/><Monday/></DaysOfWeek><WeeksInterval>1</WeeksInterval></ScheduleByWeek>";
        assert_eq!(triggers("0 2 * * mon,7"), Some(at("02:00") + week));
        let month = "<ScheduleByMonth><DaysOfMonth><Day>1</Day><Day>15</Day></DaysOfMonth><Months><January/><July/></Months></ScheduleByMonth>";
        assert_eq!(triggers("0 2 1,15 1,7 *"), Some(at("02:00") + month));
        let weeks = "<Weeks><Week>1</Week><Week>2</Week><Week>3</Week><Week>4</Week><Week>Last</Week></Weeks>";
        let mondays = format!(
            "<ScheduleByMonthDayOfWeek>{weeks}<DaysOfWeek><Monday/></DaysOfWeek><Months><May/></Months></ScheduleByMonthDayOfWeek>"
        );
        assert_eq!(triggers("0 2 * 5 1"), Some(at("02:00") + &mondays));
        // Either of the days: cron's own rule.
        assert_eq!(triggers("0 2 1 * 1").map(|both| both.lines().count()), Some(2));
    }

    #[test]
    fn what_task_scheduler_cannot_say_is_none() {
        for cron in ["*/20 * * * *", "0 2 */2 * 1"] {
            assert_eq!(triggers(cron), None, "{cron}");
        }
    }
}
