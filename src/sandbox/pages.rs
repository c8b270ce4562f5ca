//! Pages: which rows one asks for, and what its answer says of itself and of the whole.
//!
//! Nothing here is shared with the client that reads pages: an error of one must not be one of both.

use serde::Serialize;

use super::fault::{Above, Beyond, Counted, Kind, More, PageBy, PageEcho, PageSize, Pages, Totals};
use super::query::number;
use super::work::{Halt, Work};

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub skip: Option<u64>,
    pub limit: Option<u64>,
    pub page: Option<u64>,
}

/// The rows of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    /// How many rows are before it.
    pub skip: u64,
    /// How many it may have.
    pub limit: u64,
    echo: (Option<u64>, Option<u64>),
}

/// A page as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<R> {
    results: Vec<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skip: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_pages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_results: Option<u64>,
}

impl Asked {
    pub(super) fn query(query: &str) -> Self {
        Self {
            skip: number(query, "skip"),
            limit: number(query, "limit"),
            page: number(query, "page"),
        }
    }

    /// The rows that are meant, of `total`; `default` of them where no number is asked for.
    pub(super) fn slice(self, work: &Work<'_>, default: u64, total: u64) -> Result<Slice, Halt> {
        let limit = self.size(work, default)?;
        let manner = work.playing.find(|kind| match kind {
            Kind::Pages(pages) => Some(*pages),
            _ => None,
        });
        let Pages { by, echo, beyond } = manner.unwrap_or(Pages {
            by: PageBy::Either,
            echo: PageEcho::Done,
            beyond: Beyond::Empty,
        });
        let by_page = self.page.map(|page| page.saturating_sub(1).saturating_mul(limit));
        let skip = match by {
            PageBy::Either => self.skip.or(by_page),
            PageBy::Skip => self.skip,
            PageBy::Page => by_page,
            PageBy::Both => Some(self.skip.unwrap_or(0).saturating_add(by_page.unwrap_or(0))),
            PageBy::Neither => None,
        };
        let skip = match (skip.unwrap_or(0), beyond) {
            (skip, Beyond::Last) if skip >= total => total.saturating_sub(1) / limit * limit,
            (skip, Beyond::Refuse) if skip >= total && skip > 0 => {
                return Err(Halt::refused(404, "No records found"));
            }
            (skip, _) => skip,
        };
        let echo = match echo {
            PageEcho::Done => (Some(skip), Some(limit)),
            PageEcho::Asked => (self.skip, self.limit),
            PageEcho::Absent => (None, None),
        };
        Ok(Slice { skip, limit, echo })
    }

    fn size(self, work: &Work<'_>, default: u64) -> Result<u64, Halt> {
        let manner = work.playing.find(|kind| match kind {
            Kind::PageSize(size) => Some(*size),
            _ => None,
        });
        let size = manner.unwrap_or(PageSize {
            max: 1000,
            default: None,
            above: Above::Cap,
            fixed: false,
        });
        let default = size.default.unwrap_or(default);
        Ok(match self.limit {
            Some(limit) if limit > 0 && !size.fixed => match size.above {
                _ if limit <= size.max => limit,
                Above::Cap => size.max,
                Above::Default => default,
                Above::Refuse => {
                    return Err(Halt::refused(400, "limit is too large"));
                }
            },
            _ => default,
        })
    }
}

impl Slice {
    /// The page with these results, out of `shown` that can be seen and `all` that there are.
    pub(super) fn page<R>(
        &self,
        work: &Work<'_>,
        results: Vec<R>,
        shown: u64,
        all: impl FnOnce() -> rusqlite::Result<u64>,
    ) -> rusqlite::Result<Page<R>> {
        let manner = work.playing.find(|kind| match kind {
            Kind::Totals(totals) => Some(*totals),
            _ => None,
        });
        let Totals { off, count, more } =
            manner.unwrap_or(Totals { off: 0, count: Counted::Shown, more: More::Right });
        let total = match count {
            Counted::Shown => Some(shown),
            Counted::All => Some(all()?),
            Counted::Page => u64::try_from(results.len()).ok(),
            Counted::Absent => None,
        };
        let total = total.map(|total| total.saturating_add_signed(off));
        Ok(Page {
            skip: self.echo.0,
            limit: self.echo.1,
            has_more: match more {
                More::Right => Some(self.skip.saturating_add(self.limit) < shown),
                More::Yes => Some(true),
                More::No => Some(false),
                More::Absent => None,
            },
            total_pages: total.map(|total| total.div_ceil(self.limit)),
            total_results: total,
            results,
        })
    }
}
