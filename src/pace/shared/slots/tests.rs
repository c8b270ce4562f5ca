//! The table of slots, without a file.

use super::*;

const BOOT: u64 = 7;
const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 3600 * SECOND;
const ALIVE: Owner = Owner { pid: 1, started: 1 };
const DEAD: Owner = Owner { pid: 2, started: 1 };

fn read(slots: &[Slot]) -> (Slots, Vec<usize>) {
    read_bytes(&slots.iter().flat_map(Slot::bytes).collect::<Vec<u8>>())
}

fn read_bytes(bytes: &[u8]) -> (Slots, Vec<usize>) {
    Slots::read(bytes, BOOT, NOW, |owner| owner == ALIVE)
}

/// A send that left so many seconds ago.
fn sent(owner: Owner, ago: u64) -> Slot {
    Slot::sent(owner, 60_000, BOOT, NOW - ago * SECOND)
}

/// A process that waits so many seconds, and looked so long ago.
fn waiting(since: u64, looked: u64) -> Slot {
    Slot::waiting(ALIVE, BOOT, NOW - since * SECOND, NOW - looked * SECOND)
}

#[test]
fn slots_are_read_as_they_were_written() {
    let slots = [sent(ALIVE, 3), sent(ALIVE, 5).ended(NOW - 1), waiting(9, 1), Slot::EMPTY];
    let (read, changed) = read(&slots);
    assert_eq!((read.all, changed), (slots.to_vec(), vec![]));
}

#[test]
fn a_send_of_a_dead_process_ends_when_its_request_must_have() {
    let (slots, changed) = read(&[sent(ALIVE, 1), sent(DEAD, 1)]);
    assert_eq!((slots.in_flight(), slots.ends()), (1, vec![NOW + 59 * SECOND]));
    assert!(changed.is_empty(), "its process may live, and nothing tells");
}

#[test]
fn what_nobody_can_vouch_for_counts_as_ended_now() {
    let of_before = Slot::sent(ALIVE, 60_000, BOOT + 1, NOW - SECOND);
    let ahead = Slot::sent(ALIVE, 60_000, BOOT, NOW + 1);
    let ends_ahead = sent(ALIVE, 1).ended(NOW + 1);
    let (slots, changed) = read(&[of_before, of_before.ended(NOW - 1), ahead, ends_ahead]);
    assert_eq!(changed, [0, 1, 2, 3]);
    assert_eq!((slots.in_flight(), slots.ends()), (0, vec![NOW; 4]));
    // Written back, they stay what they are now.
    let again = slots.all.iter().flat_map(Slot::bytes).collect::<Vec<u8>>();
    let (slots, changed) = Slots::read(&again, BOOT, NOW + SECOND, |_| false);
    assert_eq!((slots.ends(), changed), (vec![NOW; 4], vec![]));
}

#[test]
fn a_bit_that_changed_anywhere_is_noticed() {
    for bit in 0..SLOT * 8 {
        let mut bytes = sent(ALIVE, 1).bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (slots, changed) = read_bytes(&bytes);
        assert_eq!((slots.ends(), changed), (vec![NOW], vec![0]), "bit {bit}");
    }
}

#[test]
fn nobody_of_another_boot_waits_and_nobody_who_does_not_look() {
    let of_before = Slot::waiting(ALIVE, BOOT + 1, NOW - 9, NOW);
    let (slots, changed) = read(&[of_before, waiting(9, 4), waiting(9, 2)]);
    assert_eq!(changed, [0, 1]);
    assert_eq!(slots.all[..2], [Slot::EMPTY; 2]);
    assert_eq!(slots.ahead_of(None), 1);
}

#[test]
fn whoever_has_waited_longest_comes_first() {
    let (slots, _) = read(&[waiting(5, 0), sent(ALIVE, 20), waiting(9, 0), waiting(5, 0)]);
    let ahead = [Some(2), Some(0), Some(3), None].map(|own| slots.ahead_of(own));
    assert_eq!(ahead, [0, 1, 2, 3]);
}

#[test]
fn a_full_file_gives_away_the_slot_that_ended_first() {
    let ended = |i: usize| sent(ALIVE, 1).ended(NOW - 1 - ((i as u64) * 7 + 3) % MOST_SLOTS as u64);
    let mut all: Vec<Slot> = (0..MOST_SLOTS).map(ended).collect();
    all[4] = sent(DEAD, 0);
    let index = read(&all).0.reusable(NOW).unwrap();
    assert!(all.iter().all(|slot| slot.end == 0 || slot.end >= all[index].end));
    all[9] = Slot::EMPTY;
    assert_eq!(read(&all).0.reusable(NOW), Some(9));
    assert_eq!(read(&all[..5]).0.reusable(NOW), Some(5));
}

proptest::proptest! {
    #[test]
    fn slots_of_any_bytes_are_at_most_ended_now(bytes: Vec<[u8; SLOT]>) {
        let (slots, _) = read_bytes(&bytes.concat());
        proptest::prop_assert_eq!(slots.in_flight(), 0);
        proptest::prop_assert!(slots.ends().iter().all(|end| *end <= NOW));
    }
}
