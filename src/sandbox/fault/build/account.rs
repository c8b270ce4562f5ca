//! The faults of readings, of the account's other users, and of numbers in use.

use crate::sandbox::fault::account::{
    Above, Beyond, Counted, Edit, EditAct, EditField, InUse, More, NumberInUse, Order, OrderBy,
    PageBy, PageEcho, PageSize, Pages, Totals, Where,
};
use crate::sandbox::fault::error::FaultError;
use crate::sandbox::fault::kind::Kind;
use crate::sandbox::fault::options::Options;

pub(in crate::sandbox::fault) fn pages(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let ways = [
        ("either", PageBy::Either),
        ("skip", PageBy::Skip),
        ("page", PageBy::Page),
        ("both", PageBy::Both),
        ("neither", PageBy::Neither),
    ];
    let echoes = [("done", PageEcho::Done), ("asked", PageEcho::Asked), ("none", PageEcho::Absent)];
    let behind = [("empty", Beyond::Empty), ("last", Beyond::Last), ("refuse", Beyond::Refuse)];
    Ok(Kind::Pages(Pages {
        by: options.choice("by", &ways)?.unwrap_or(PageBy::Either),
        echo: options.choice("echo", &echoes)?.unwrap_or(PageEcho::Done),
        beyond: options.choice("beyond", &behind)?.unwrap_or(Beyond::Empty),
    }))
}

pub(in crate::sandbox::fault) fn page_size(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let answers = [("cap", Above::Cap), ("default", Above::Default), ("refuse", Above::Refuse)];
    Ok(Kind::PageSize(PageSize {
        max: options.number("max")?.unwrap_or(1000),
        default: options.number("default")?,
        above: options.choice("above", &answers)?.unwrap_or(Above::Cap),
        fixed: options.yes("fixed", false)?,
    }))
}

pub(in crate::sandbox::fault) fn totals(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let counts = [
        ("shown", Counted::Shown),
        ("all", Counted::All),
        ("page", Counted::Page),
        ("none", Counted::Absent),
    ];
    let more =
        [("right", More::Right), ("yes", More::Yes), ("no", More::No), ("none", More::Absent)];
    Ok(Kind::Totals(Totals {
        off: options.whole("off")?.unwrap_or(0),
        count: options.choice("count", &counts)?.unwrap_or(Counted::Shown),
        more: options.choice("more", &more)?.unwrap_or(More::Right),
    }))
}

pub(in crate::sandbox::fault) fn order(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let orders = [
        ("id", OrderBy::Id),
        ("inserted", OrderBy::Inserted),
        ("created", OrderBy::Created),
        ("updated", OrderBy::Updated),
        ("name", OrderBy::Name),
        ("unstable", OrderBy::Unstable),
    ];
    Ok(Kind::Order(Order {
        by: options.choice("by", &orders)?.unwrap_or(OrderBy::Id),
        down: options.choice("direction", &[("up", false), ("down", true)])?.unwrap_or(false),
    }))
}

pub(in crate::sandbox::fault) fn edit(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let acts = [
        ("update", EditAct::Update),
        ("touch", EditAct::Touch),
        ("delete", EditAct::Delete),
        ("create", EditAct::Create),
        ("replace", EditAct::Replace),
    ];
    let fields = [
        ("lastName", EditField::LastName),
        ("firstName", EditField::FirstName),
        ("salutation", EditField::Salutation),
        ("phone", EditField::Phone),
    ];
    let places = [("random", Where::Random), ("first", Where::First), ("last", Where::Last)];
    Ok(Kind::Edit(Edit {
        act: options.choice("do", &acts)?.unwrap_or(EditAct::Update),
        field: options.choice("field", &fields)?.unwrap_or(EditField::LastName),
        count: options.number("count")?.unwrap_or(1).min(100_000),
        at: options.choice("at", &places)?.unwrap_or(Where::Random),
        ids: options.ids(),
    }))
}

pub(in crate::sandbox::fault) fn number_in_use(
    options: &mut Options<'_>,
) -> Result<Kind, FaultError> {
    let answers = [
        ("refuse", InUse::Refuse),
        ("entry", InUse::Entry),
        ("skip", InUse::Skip),
        ("existing", InUse::Existing),
    ];
    Ok(Kind::NumberInUse(NumberInUse {
        shown: options.choice("as", &answers)?.unwrap_or(InUse::Refuse),
        status: options.status(400)?,
        names: options.yes("names", false)?,
        inactive: options.yes("inactive", false)?,
        update: options.yes("update", false)?,
    }))
}

pub(in crate::sandbox::fault) fn all_lists(options: &mut Options<'_>) -> Result<Kind, FaultError> {
    let method = options.choice("method", &[("get", "GET"), ("post", "POST")])?;
    Ok(Kind::AllLists { method: method.unwrap_or("GET"), status: options.status(405)? })
}
