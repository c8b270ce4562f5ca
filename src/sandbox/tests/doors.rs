//! What a request must carry to be let in.

use super::*;
use crate::sandbox::config::SandboxError;

fn refused(change: impl FnOnce(&mut Vec<(&'static str, String)>)) -> (u16, u64, String) {
    let bench = with_faults(&[]);
    let mut headers = vec![
        ("auth", bench.token()),
        ("accountId", bench.config.account_id.clone()),
        ("Content-Type", "application/json".to_owned()),
    ];
    change(&mut headers);
    let path = bench.contacts("/bulk-delete");
    let heard = send(bench.server.addr(), "DELETE", &path, &headers, &ids([A])).unwrap();
    assert!(bench.applied().is_empty());
    heard.error()
}

#[test]
fn every_header_is_required() {
    let invalid = (412, 412, "Validation errors/ Invalid arguments".to_owned());
    assert_eq!(refused(|h| drop(h.remove(0))), (401, 4002, "Invalid SDK credentials".into()));
    assert_eq!(refused(|h| drop(h.remove(1))), invalid);
    assert_eq!(refused(|h| drop(h.remove(2))), invalid);
    assert_eq!(refused(|h| h[0].1.push('x')), (401, 4002, "Invalid JWT token".into()));
    let scope = (401, 4002, "Permission denied. Scope is incorrect!".to_owned());
    assert_eq!(refused(|h| h[1].1.push('x')), scope);
    assert_eq!(refused(|h| h[2].1 = "text/plain".into()), invalid);
}

#[test]
fn another_stream_path_or_method_is_refused() {
    let bench = with_faults(&[]);
    let headers = [
        ("auth", bench.token()),
        ("accountId", bench.config.account_id.clone()),
        ("Content-Type", "application/json".to_owned()),
    ];
    let path = "/agentassist/api/v1/public/st-other/contacts/bulk-delete";
    let heard = send(bench.server.addr(), "DELETE", path, &headers, &ids([A])).unwrap();
    assert_eq!(heard.error(), (400, 400, "Invalid StreamId".into()));
    let heard = bench.ask("POST", "/bulk-delete", &ids([A]));
    assert_eq!(heard.error(), (405, 405, "Method Not Allowed".into()));
    let heard = bench.ask("DELETE", "/a/b/c", "");
    assert_eq!((heard.status, heard.header("content-type")), (404, Some("text/html")));
    assert!(bench.applied().is_empty());
}

#[test]
fn a_campaign_call_names_stream_and_account_twice() {
    let bench = with_faults(&[]);
    bench.server.seed_lists(["cl-1".to_owned()]).unwrap();
    let Config { stream_id, account_id, .. } = &bench.config;
    let path = format!("/campaign/api/v2/public/{stream_id}/campaign/contactList/cl-1");
    let whole = format!("{path}?accountId={account_id}");
    let call = |path: &str, iid: &str| {
        let headers =
            [("auth", bench.token()), ("accountId", account_id.clone()), ("iid", iid.to_owned())];
        send(bench.server.addr(), "DELETE", path, &headers, "").unwrap()
    };
    assert_eq!(call(&path, stream_id).status, 412);
    assert_eq!(call(&format!("{path}?accountId=other"), stream_id).status, 401);
    assert_eq!(call(&whole, "st-other").error().2, "Invalid StreamId");
    assert_eq!(call(&whole, stream_id).status, 200);
}

#[test]
fn the_quota_speaks_of_its_window() {
    let minute = std::time::Duration::from_mins(1);
    let bench = bench(Config { quota: vec![(2, minute), (60, 60 * minute)], ..Config::default() });
    assert_eq!(bench.delete(&ids([A])).status, 200);
    assert_eq!(bench.ask("GET", "", "").status, 200);
    let heard = bench.delete(&ids([B]));
    insta::assert_snapshot!(heard.body, @r#"{"errors":[{"msg":"You've exceeded the per-minute rate limit. Please wait for sometime before retrying.","code":429}]}"#);
    assert_eq!((heard.status, heard.header("retry-after")), (429, None));
    assert_eq!(bench.applied(), [A]);
    let stats = bench.look("stats");
    assert_eq!((&stats["requests"], &stats["throttled"]), (&json!(3), &json!(1)));
}

#[test]
fn only_loopback_is_listened_on() {
    let config = Config { bind: "0.0.0.0:0".parse().unwrap(), ..Config::default() };
    let error = Thread::start(config).err().unwrap();
    assert!(matches!(error, SandboxError::NotLoopback(_)), "{error}");
}

#[test]
fn a_taken_port_is_named() {
    let bench = with_faults(&[]);
    let config = Config { bind: bench.server.addr(), ..Config::default() };
    let error = Thread::start(config).err().unwrap().to_string();
    assert!(error.starts_with(&format!("cannot listen on `{}`: ", bench.server.addr())), "{error}");
}
