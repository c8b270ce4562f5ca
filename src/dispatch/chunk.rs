//! Records → batches, by count and by encoded bytes. Pure: knows nothing of HTTP.
//!
//! What surrounds the records in a body is the operation's own affair (`model::operation`).

use crate::model::{OperationSpec, Record};

/// How many of these records, taken in order, one request carries: as many as stay within
/// `max_records` and within `max_bytes` of body; one for the operations without a body.
///
/// The first record always counts, so that nothing can get stuck: one that alone exceeds
/// `max_bytes` is rejected when it is mapped and does not come here. 0 only if there are no records.
pub fn fitting(
    spec: &OperationSpec,
    records: &mut dyn Iterator<Item = &Record>,
    max_records: usize,
    max_bytes: u64,
) -> usize {
    let most = if spec.is_bulk() { max_records.max(1) } else { 1 };
    let mut size = Size::empty(spec);
    records
        .take(most)
        .take_while(|record| {
            size.add(record);
            size.records == 1 || size.bytes <= max_bytes
        })
        .count()
}

/// The size of a body while it grows.
struct Size {
    bulk: bool,
    records: u64,
    bytes: u64,
}

impl Size {
    fn empty(spec: &OperationSpec) -> Self {
        Self { bulk: spec.is_bulk(), records: 0, bytes: spec.envelope_bytes() }
    }

    fn add(&mut self, record: &Record) {
        if self.bulk {
            let comma = u64::from(self.records > 0);
            self.bytes += record.encoded().len() as u64 + comma;
        }
        self.records += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::model::Operation;

    fn take(
        queue: &mut VecDeque<Record>,
        max_records: usize,
        max_bytes: u64,
        operation: Operation,
    ) -> Vec<Record> {
        let fits = fitting(operation.spec(), &mut queue.iter(), max_records, max_bytes);
        queue.drain(..fits).collect()
    }

    fn body_bytes(operation: Operation, records: &[Record]) -> u64 {
        let mut size = Size::empty(operation.spec());
        for record in records {
            size.add(record);
        }
        size.bytes
    }

    fn records(lengths: &[usize]) -> VecDeque<Record> {
        (0..).zip(lengths).map(|(n, len)| Record::only_id(n, &"a".repeat(*len))).collect()
    }

    /// The body as the wire writes it, for comparison.
    fn body(operation: Operation, records: &[Record]) -> String {
        let joined = records.iter().map(|r| r.encoded().to_owned()).collect::<Vec<_>>().join(",");
        match operation {
            Operation::BulkUpdate | Operation::CreateContacts => format!("[{joined}]"),
            Operation::BulkDelete => format!(r#"{{"ids":[{joined}]}}"#),
            _ => String::new(),
        }
    }

    fn operations() -> impl Strategy<Value = Operation> {
        proptest::sample::select(&Operation::ALL)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_order_is_kept(
            lengths in proptest::collection::vec(1_usize..60, 0..80),
            max_records in 0_usize..20,
            max_bytes in 0_u64..400,
            operation in operations(),
        ) {
            let mut queue = records(&lengths);
            let all: Vec<Record> = queue.iter().cloned().collect();
            let mut taken = Vec::new();
            while !queue.is_empty() {
                let batch = take(&mut queue, max_records, max_bytes, operation);
                prop_assert!(!batch.is_empty());
                taken.extend(batch);
            }
            prop_assert_eq!(taken, all);
        }

        #[test]
        fn no_batch_is_over_a_limit_and_none_could_have_been_larger(
            lengths in proptest::collection::vec(1_usize..60, 1..80),
            max_records in 1_usize..20,
            max_bytes in 80_u64..400,
            operation in operations(),
        ) {
            let mut queue = records(&lengths);
            while !queue.is_empty() {
                let mut batch = take(&mut queue, max_records, max_bytes, operation);
                prop_assert!(batch.len() <= max_records);
                prop_assert!(body_bytes(operation, &batch) <= max_bytes);
                prop_assert!(operation.is_bulk() || batch.len() == 1);
                let full = batch.len() == max_records || !operation.is_bulk();
                if let (false, Some(next)) = (full, queue.front()) {
                    batch.push(next.clone());
                    prop_assert!(body_bytes(operation, &batch) > max_bytes);
                }
            }
        }

        #[test]
        fn the_bytes_counted_are_those_of_the_body(
            lengths in proptest::collection::vec(1_usize..60, 0..20),
            operation in operations(),
        ) {
            let records: Vec<Record> = records(&lengths).into();
            let written = body(operation, &records).len() as u64;
            prop_assert_eq!(body_bytes(operation, &records), written);
        }
    }

    #[test]
    fn a_record_over_the_limit_travels_alone() {
        let mut queue = records(&[5, 500, 5]);
        let sizes: Vec<usize> = std::iter::from_fn(|| {
            let batch = take(&mut queue, 10, 100, Operation::BulkUpdate);
            (!batch.is_empty()).then_some(batch.len())
        })
        .collect();
        assert_eq!(sizes, [1, 1, 1]);
    }
}
