//! Gzip data: one member or several, one behind the other, and the zeros that tapes and block
//! devices leave behind the last (RFC 1952, 2.2; gzip itself ignores them with a warning).

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

type Packed = BufReader<Box<dyn Read + Send>>;

/// The unpacked bytes of all members.
pub(super) struct Members {
    /// `None` only while it is changed, and at the end.
    member: Option<GzDecoder<Packed>>,
}

impl Members {
    pub(super) fn new(packed: Box<dyn Read + Send>) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(packed))) }
    }

    /// Goes on to the next member, if there is one.
    fn next_member(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut packed = member.into_inner();
        let mut padded = false;
        loop {
            let bytes = packed.fill_buf()?;
            let zeros = bytes.iter().take_while(|b| **b == 0).count();
            match bytes.get(zeros) {
                None if zeros == 0 => return Ok(()),
                Some(_) if padded || zeros > 0 => {
                    let what = "something is behind the zeros at the end of the gzip data";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
                Some(_) => break,
                None => {
                    padded = true;
                    packed.consume(zeros);
                }
            }
        }
        self.member = Some(GzDecoder::new(packed));
        Ok(())
    }
}

impl Read for Members {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    fn unpacked(parts: &[&[u8]]) -> io::Result<String> {
        let mut text = String::new();
        Members::new(Box::new(Cursor::new(parts.concat()))).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_are_read_one_after_the_other_and_zeros_end_them() {
        let (a, b) = (member("a\n"), member("b\n"));
        let zeros = vec![0; 100_000];
        assert_eq!(unpacked(&[&a, &b]).unwrap(), "a\nb\n");
        assert_eq!(unpacked(&[&a, &zeros]).unwrap(), "a\n");
        assert_eq!(unpacked(&[&a, &b, &[0]]).unwrap(), "a\nb\n");
        for broken in [&[&a[..], b"x"][..], &[&a, &[0, 0], &b], &[&a, &zeros, b"x"], &[&a[..9]]] {
            assert!(unpacked(broken).is_err());
        }
    }
}
