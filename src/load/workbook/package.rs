//! Workbooks that are zip packages, looked into before calamine: what they are, what they unpack to,
//! which rows they hide. Sizes are measured by unpacking, because the ones that are declared may lie.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::super::broken::{Broken, not_a_table, packed};
use super::super::table::MAX_ROW_BYTES;
use super::binary;
use super::facts::{self, Facts};
use super::kind::{Checked, Kind};
use super::opendocument;
use super::parts::{MAX_PART, MAX_SHEET, Package, actual, damaged, elements, relations};

/// Says what the package is and whether it is safe to read.
pub(super) fn check(bytes: Vec<u8>) -> Result<Checked, Broken> {
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let kind = kind(&mut package)?;
    measure(&mut package)?;
    let facts = match kind {
        Kind::Ods => opendocument::check(&mut package)?,
        kind => worksheets(&mut package, kind == Kind::Xlsb).unwrap_or_default(),
    };
    Ok(Checked { kind, bytes: package.into_inner().into_inner(), facts })
}

fn kind(package: &mut Package) -> Result<Kind, Broken> {
    let mut mimetype = String::new();
    if let Ok(part) = package.by_name("mimetype") {
        // What is no text is no mimetype either.
        let _ = part.take(100).read_to_string(&mut mimetype);
    }
    let office = "application/vnd.oasis.opendocument.";
    match mimetype.trim().strip_prefix(office) {
        Some("spreadsheet") => return Ok(Kind::Ods),
        Some(_) => return Err(not_a_table("an OpenDocument file without a table")),
        None => {}
    }
    let numbers = actual(package, "Index/Document.iwa").is_some();
    match document(package) {
        Some(name) if is_binary(&name) => Ok(Kind::Xlsb),
        Some(name) if name.starts_with("word/") => Err(not_a_table("a Word document")),
        Some(name) if name.starts_with("ppt/") => Err(not_a_table("a PowerPoint presentation")),
        Some(_) => Ok(Kind::Xlsx),
        None if numbers => Err(not_a_table("a Numbers document")),
        None => Err(packed("a zip archive")),
    }
}

/// The main part of an Office Open XML package (ECMA-376 part 2, 6.5).
fn document(package: &mut Package) -> Option<String> {
    let relations = relations(package, "_rels/.rels")?;
    let (_, (_, target)) =
        relations.into_iter().find(|(_, (kind, _))| kind.ends_with("/officeDocument"))?;
    Some(target.trim_start_matches('/').to_owned())
}

/// Unpacks every part that holds data, into nothing.
fn measure(package: &mut Package) -> Result<(), Broken> {
    for at in 0..package.len() {
        let mut part = package.by_index(at).map_err(|_| damaged())?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        if ![".xml", ".bin", ".rels"].iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let sheet = name.contains("worksheets/") || name == "content.xml";
        let limit = if sheet { MAX_SHEET } else { MAX_PART };
        let markup = !is_binary(&name);
        let mut measured = Measured::default();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = part.read(&mut buffer).map_err(|_| damaged())?;
            if read == 0 {
                break;
            }
            measured.pass(&buffer[..read]);
            if measured.total > limit || (markup && measured.longest > MAX_ROW_BYTES) {
                return Err(Broken::new("unpacks to more than korebulk reads from a workbook")
                    .hint("save the sheet as CSV"));
            }
        }
        measured.strings()?;
    }
    Ok(())
}

#[derive(Default)]
struct Measured {
    total: u64,
    /// The longest text or tag.
    longest: usize,
    run: usize,
    /// The start, for what a table of strings says of itself.
    start: Vec<u8>,
}

impl Measured {
    fn pass(&mut self, bytes: &[u8]) {
        if self.start.len() < 4096 {
            self.start.extend_from_slice(&bytes[..bytes.len().min(4096)]);
        }
        self.total += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        for piece in bytes.split_inclusive(|b| *b == b'<') {
            self.run += piece.len();
            self.longest = self.longest.max(self.run);
            if piece.ends_with(b"<") {
                self.run = 0;
            }
        }
    }

    /// calamine makes room for as many strings as the table claims to have.
    fn strings(&self) -> Result<(), Broken> {
        let start = String::from_utf8_lossy(&self.start);
        let claim = start.split("uniqueCount=").nth(1).map(|rest| {
            let digits = rest.trim_start_matches(['"', '\'']).split(['"', '\'']).next();
            digits.unwrap_or_default().parse::<u64>().unwrap_or(u64::MAX)
        });
        match claim {
            Some(count) if count > self.total => Err(damaged()),
            _ => Ok(()),
        }
    }
}

/// The facts of each sheet; a sheet whose part cannot be found or read is left out.
fn worksheets(package: &mut Package, is_binary: bool) -> Option<Facts> {
    let document = document(package)?;
    let (folder, file) = document.rsplit_once('/').unwrap_or(("", &document));
    let targets = relations(package, &join(folder, &format!("_rels/{file}.rels")))?;
    let path = |target: &String| {
        let path = target.strip_prefix('/').map(str::to_owned);
        path.unwrap_or_else(|| join(folder, target))
    };
    let mut sheets = Vec::new();
    let mut formats = Vec::new();
    let mut is_recalculated = false;
    if is_binary {
        sheets = binary::sheets(part(package, &document)?)?;
        let styles = targets.values().find(|(kind, _)| kind.ends_with("/styles"));
        if let Some((_, target)) = styles {
            formats = binary::formats(part(package, &path(target))?)?;
        }
    } else {
        elements(package, &document, |e| match e.local_name().as_ref() {
            "sheet" => sheets.extend(facts::attribute(e, "name").zip(facts::attribute(e, "id"))),
            // ECMA-376 part 1, 18.2.2.
            "calcPr" => is_recalculated = facts::is_true(e, "fullCalcOnLoad"),
            _ => {}
        })?;
    }
    let mut all = Facts::new();
    for (name, id) in sheets {
        let part = targets.get(&id).and_then(|(_, target)| part(package, &path(target)));
        let found = part.and_then(|part| match is_binary {
            true => binary::of_worksheet(part, &formats),
            false => facts::of_worksheet(part, is_recalculated),
        });
        all.extend(found.map(|facts| (name, facts)));
    }
    Some(all)
}

/// A part of the package, no more of it than korebulk reads.
fn part<'p>(package: &'p mut Package, name: &str) -> Option<impl Read + use<'p>> {
    let name = actual(package, name)?;
    Some(package.by_name(&name).ok()?.take(MAX_SHEET))
}

fn is_binary(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("bin"))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
