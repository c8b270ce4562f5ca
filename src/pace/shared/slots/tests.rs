//! The table of slots, without a file.

use super::*;

const NOW: u64 = 1_800_000_000_000_000;
const SECOND: u64 = 1_000_000;

fn slot(pid: u32, start: u64, end: u64) -> Slot {
    Slot { owner: Owner { pid, started: 1 }, timeout: 60_000, start, end }
}

fn windows(permits: u32, seconds: u64) -> Windows {
    Windows::new(&[RateWindow { permits, window: Duration::from_secs(seconds) }])
}

/// When the next send of one at a time may leave.
fn next(slots: &Slots, windows: &Windows) -> Option<u64> {
    slots.next(NOW, windows, 1, None, None).map(|sent| sent.at)
}

#[test]
fn header_and_slots_are_read_as_they_were_written() {
    let window = RateWindow { permits: 1800, window: Duration::from_hours(1) };
    let header = Header { remembered: Some((window, NOW)), turn: Some(NOW + 1) };
    assert_eq!(Header::read(&header.bytes()), Some(header));
    assert_eq!(Header::read(&Header::default().bytes()), Some(Header::default()));
    let slot = Slot { end: NOW + 5, ..slot(7, NOW, 0) };
    assert_eq!(Slot::read(&slot.bytes()), slot);
}

#[test]
fn a_file_of_another_kind_is_not_read_as_ours() {
    assert_eq!(Header::read(&[b'x'; HEADER]), None);
    let mut newer = Header::default().bytes();
    newer[8] = 2;
    assert_eq!(Header::read(&newer), None);
}

#[test]
fn an_open_slot_of_a_dead_owner_ends_when_its_request_must_have() {
    let mut slots = Slots(vec![slot(1, NOW - SECOND, 0), slot(2, NOW - SECOND, 0)]);
    assert_eq!(slots.mend(NOW, |owner| owner.pid == 1), [1]);
    assert_eq!(slots.0[0].end, 0);
    assert_eq!(slots.0[1].end, NOW + 59 * SECOND);
    assert_eq!(next(&slots, &windows(2, 10)), Some(NOW + 69_010_000));
}

#[test]
fn ends_in_the_far_future_are_cut_once() {
    let mut slots = Slots(vec![slot(1, NOW + 900 * SECOND, NOW + 901 * SECOND)]);
    assert_eq!(slots.mend(NOW, |_| true), [0]);
    assert_eq!(slots.0[0].end, NOW + 60 * SECOND);
    assert!(slots.mend(NOW + SECOND, |_| true).is_empty());
    assert_eq!(next(&slots, &windows(1, 10)), Some(NOW + 70_010_000));
}

#[test]
fn an_open_start_in_the_far_future_holds_up_nobody() {
    let slots = Slots(vec![slot(1, NOW + 900 * SECOND, 0)]);
    assert_eq!(next(&slots, &windows(2, 10)), Some(NOW));
}

#[test]
fn the_next_send_lines_up_behind_the_ones_already_named() {
    let mut slots = Slots::default();
    for place in 0..3 {
        let start = next(&slots, &windows(5, 10)).unwrap();
        assert_eq!(start, NOW + place * 2 * SECOND);
        slots.0.push(slot(1, start, 0));
    }
}

#[test]
fn a_burst_leaves_at_once_and_no_more() {
    let mut slots = Slots::default();
    let next = || {
        let start = slots.next(NOW, &windows(10, 10), 3, None, None).unwrap().at;
        slots.0.push(slot(1, start, 0));
        start - NOW
    };
    let starts: Vec<_> = std::iter::repeat_with(next).take(4).collect();
    assert_eq!(starts, [0, 0, 0, 3 * SECOND]);
}

#[test]
fn each_counts_all_sends_within_its_own_windows() {
    let answered: Vec<_> =
        (1..=5).map(|s| slot(1, NOW - s * SECOND, NOW - s * SECOND + 1)).collect();
    let slots = Slots(answered);
    let opening = |permits, seconds| next(&slots, &windows(permits, seconds)).unwrap();
    assert_eq!(opening(6, 10), NOW + 666_666);
    assert_eq!(opening(5, 10), NOW + 5_010_001);
    assert_eq!(opening(2, 10), NOW + 8_010_001);
}

#[test]
fn an_answer_must_come_first_when_all_permits_are_in_flight() {
    let slots = Slots(vec![slot(1, NOW - 1, 0), slot(2, NOW - 1, 0)]);
    assert_eq!(next(&slots, &windows(2, 10)), None);
}

#[test]
fn a_full_file_gives_away_the_slot_that_ended_first() {
    let ended = |i: usize| slot(1, NOW, NOW + ((i as u64) * 7 + 3) % MOST_SLOTS as u64 + 1);
    let mut slots = Slots((0..MOST_SLOTS).map(ended).collect());
    let index = slots.reusable().unwrap();
    assert!(slots.0.iter().all(|slot| slot.end >= slots.0[index].end));
    slots.0[9] = Slot::EMPTY;
    assert_eq!(slots.reusable(), Some(9));
}

#[test]
fn nobody_overtakes_those_in_line() {
    let owner = Owner { pid: 1, started: 1 };
    let line = [Slot::in_line(owner, NOW - 5, NOW), Slot::in_line(owner, NOW - 9, NOW)];
    let mut slots = Slots(line.to_vec());
    let may_leave =
        |slots: &Slots, place| slots.next(NOW, &windows(1, 10), 1, None, place).is_some();
    assert_eq!(
        [None, Some(0), Some(1)].map(|place| may_leave(&slots, place)),
        [false, false, true]
    );
    slots.0[1] = Slot::in_line(owner, NOW - 9, NOW - LEFT_THE_LINE - 1);
    assert_eq!(slots.mend(NOW, |_| true), [1]);
    assert!(may_leave(&slots, Some(0)));
}

/// When the next send may leave behind one a second ago, at 50 a minute, with this turn in the file.
fn behind(turn: Option<u64>) -> u64 {
    let slots = Slots(vec![slot(1, NOW - SECOND, NOW - 1)]);
    slots.next(NOW, &windows(50, 60), 1, turn, None).unwrap().at
}

#[test]
fn the_turn_in_the_file_makes_up_for_what_permits_held_up() {
    assert_eq!(behind(Some(NOW - SECOND)), NOW + 200_000);
    assert_eq!(behind(Some(NOW - 2 * SECOND)), NOW);
}

#[test]
fn an_older_file_and_an_absurd_turn_make_up_for_nothing_and_hold_up_nobody() {
    assert_eq!(behind(None), NOW + 200_000);
    assert_eq!(behind(Some(NOW + 900 * SECOND)), NOW + 200_000);
    let just_left = Slots(vec![slot(1, NOW, 0)]);
    let sent = just_left.next(NOW, &windows(50, 60), 1, Some(1), None);
    assert_eq!(sent, Some(Sent { at: NOW + 300_000, turn: NOW - 7 * 1_200_000 }));
}

#[test]
fn whoever_stood_in_line_did_not_pause() {
    let owner = Owner { pid: 1, started: 1 };
    let sent = slot(1, NOW - 60 * SECOND, NOW - 60 * SECOND);
    let slots = Slots(vec![sent, Slot::in_line(owner, NOW - 59 * SECOND, NOW)]);
    let turn = |place| slots.next(NOW, &windows(50, 60), 1, None, place).unwrap().turn;
    assert_eq!(turn(Some(1)), NOW - 8 * 1_200_000);
    let slots = Slots(vec![sent]);
    assert_eq!(slots.next(NOW, &windows(50, 60), 1, None, None), Some(Sent::on_time(NOW)));
}

proptest::proptest! {
    #[test]
    fn slots_of_any_bytes_hold_up_nobody_for_longer_than_an_hour_and_a_window(
        bytes: Vec<[u8; SLOT]>, turn: Option<u64>,
    ) {
        let mut slots = Slots(bytes.iter().map(Slot::read).collect());
        slots.mend(NOW, |_| false);
        let sent = slots.next(NOW, &windows(50, 60), 1, turn, None);
        let longest = NOW + LONGEST_TIMEOUT + windows(50, 60).longest_hold();
        proptest::prop_assert!(sent.is_none_or(|sent| sent.at <= longest), "{:?}", sent);
        // A place in line that looks alive is gone when it does not look again.
        slots.mend(NOW + LEFT_THE_LINE * 2 + 1, |_| false);
        let sent = slots.next(NOW + LEFT_THE_LINE * 2 + 1, &windows(50, 60), 1, turn, None);
        proptest::prop_assert!(sent.is_some());
    }
}
