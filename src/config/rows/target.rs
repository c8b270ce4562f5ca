//! The account that is changed: host and ids, each safe in a header and in a path.

use serde_json::Value as Json;

use crate::config::host::host;
use crate::config::kind::{File, Kind, kinds, text_like};
use crate::config::plan::Plan;
use crate::config::problem::Problem;
use crate::config::setting::{Group, Setting, Takes, Variable};
use crate::config::units::profile_name;

#[rustfmt::skip] // A table: every setting says the same in the same place.
pub(super) const TARGET: Group = Group {
    heading: "Target",
    settings: &[
        Setting { key: "target.profile", option: Some("--profile"), environment: None, default: "",
            help: "The profile that names host, ids and credentials, as `korebulk login` writes it; `{profile}` in a path is its name",
            takes: Takes::text::<ProfileName>(|_, text| profile_name(text.trim()).map(drop)) },
        Setting { key: "target.accounts", option: Some("--accounts"), environment: None, default: "",
            help: "A CSV file with a profile in each row, its columns the profile's keys: looked into before the user's profiles",
            takes: Takes::path::<File>(|_, _| Ok(())) },
        Setting { key: "target.host", option: Some("--host"), environment: Some(Variable::Value("KOREBULK_HOST")), default: "",
            help: "Where the API is, such as https://platform.kore.ai; `sandbox` starts a local server for the run",
            takes: Takes::text::<Url>(|plan, text| {
                plan.target.host = host(text.trim())?.origin;
                Ok(())
            }) },
        Setting { key: "target.stream_id", option: Some("--stream-id"), environment: Some(Variable::Value("KOREBULK_STREAM_ID")), default: "",
            help: "The app's stream or bot id, st-…",
            takes: Takes::text::<Id>(|plan, text| {
                plan.target.stream_id = id(plan, "target.stream_id", text, &STREAM)?;
                Ok(())
            }) },
        Setting { key: "target.account_id", option: Some("--account-id"), environment: Some(Variable::Value("KOREBULK_ACCOUNT_ID")), default: "",
            help: "The account's id, 24 hex characters",
            takes: Takes::text::<Id>(|plan, text| {
                plan.target.account_id = id(plan, "target.account_id", text, &ACCOUNT)?;
                Ok(())
            }) },
        Setting { key: "target.client_id", option: Some("--client-id"), environment: Some(Variable::Value("KOREBULK_CLIENT_ID")), default: "",
            help: "The API app's client id, cs-…; not needed with a ready token",
            takes: Takes::text::<Id>(|plan, text| {
                plan.target.client_id = id(plan, "target.client_id", text, &CLIENT)?;
                Ok(())
            }) },
        Setting { key: "target.ca_file", option: Some("--ca-file"), environment: None, default: "",
            help: "A PEM file of certificate authorities to trust beside the system's",
            takes: Takes::path::<File>(|plan, path| {
                plan.target.ca_file = Some(path);
                Ok(())
            }) },
    ],
};

kinds! {
    /// A server.
    Url: String = "URL", text_like("^(sandbox|[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+/?)$"), |text: &str| host(text).map(|host| host.origin);
    /// A profile.
    ProfileName: String = "NAME", text_like("^[A-Za-z0-9_-]{1,64}$"), profile_name;
    /// An id of the account's.
    Id: String = "ID", text_like("^[A-Za-z0-9._~-]{1,128}$"), |text: &str| Ok(text.to_owned());
}

/// The documented form of an id (docs/kore-api.md).
struct IdForm {
    fits: fn(&str) -> bool,
    /// Whether all that may vary of it is hex digits.
    hex: bool,
    is: &'static str,
}

const STREAM: IdForm = IdForm {
    fits: |id| {
        id.split_at_checked(3).is_some_and(|(st, id)| st.eq_ignore_ascii_case("st-") && is_uuid(id))
    },
    hex: true,
    is: "`st-` and a UUID, 39 characters",
};
const ACCOUNT: IdForm = IdForm {
    fits: |id| id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()),
    hex: true,
    is: "24 hex characters",
};
const CLIENT: IdForm =
    IdForm { fits: |id| id.starts_with("cs-"), hex: false, is: "`cs-` and more" };

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// An id that needs no escaping in a header or a path; one of an unusual form brings a notice. Hex digits are numbers: in
/// whatever case they were typed, it is one id, with one lock and one quota.
fn id(plan: &mut Plan, key: &str, text: &str, form: &IdForm) -> Result<String, Problem> {
    let id = text.trim();
    if !is_safe(id) {
        return Err(unsafe_id(id, form));
    }
    if !(form.fits)(id) {
        plan.notices.push(format!("`{key}` is usually {}; this one is not", form.is));
    }
    let is_number = (form.fits)(id) && form.hex;
    Ok(if is_number { id.to_ascii_lowercase() } else { id.to_owned() })
}

/// Unreserved URI characters only, and no step in a path.
fn is_safe(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        && id != "."
        && id != ".."
}

fn unsafe_id(id: &str, form: &IdForm) -> Problem {
    let problem = match id.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._~".contains(*c))) {
        Some(c) => format!("an id cannot hold `{}`", c.escape_default()),
        None if id.is_empty() => "the id is empty".to_owned(),
        None if id.len() > 128 => "the id is longer than 128 characters".to_owned(),
        None => "this is a step in a path, not an id".to_owned(),
    };
    Problem::new(problem, format!("it is {}", form.is))
}
