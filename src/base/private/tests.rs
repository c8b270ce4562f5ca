//! What is opened, and what is not. As root the cases with another user are tried too.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::process::Command;

use super::*;

const STRANGER: u32 = 12_345;

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = fs::canonicalize(dir.path()).unwrap();
    (dir, path)
}

fn am_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn why<T>(refused: io::Result<T>) -> String {
    let error = refused.err().expect("it is refused");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
    error.to_string()
}

/// Every way to open a file to write it, but those that put a new one in its place.
const OPENERS: [fn(&Path) -> io::Result<File>; 4] =
    [append, |path| edit(path, Sharing::Own), |path| edit(path, Sharing::Group), reopen];

#[test]
fn a_link_in_the_place_of_a_file_is_neither_followed_nor_harmed() {
    let (_dir, place) = place();
    let (victim, link) = (place.join("victim"), place.join("link"));
    fs::write(&victim, "theirs").unwrap();
    for target in [victim.clone(), place.join("not there yet")] {
        let _ = fs::remove_file(&link);
        symlink(&target, &link).unwrap();
        for open in OPENERS {
            assert_eq!(why(open(&link)), A_LINK);
        }
        assert_eq!(why(read(&link)), A_LINK);
        assert_eq!(create_new(&link).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(!place.join("not there yet").exists());
    }
    create(&link).unwrap().write_all(b"ours").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_file(), "the link gave its place to a file");
    fs::remove_file(&link).unwrap();
    symlink(&victim, &link).unwrap();
    replace(&link, "ours", 0o600).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
}

#[test]
fn a_second_name_of_another_file_is_not_written_to() {
    let (_dir, place) = place();
    let (victim, name) = (place.join("victim"), place.join("name"));
    fs::write(&victim, "theirs").unwrap();
    fs::hard_link(&victim, &name).unwrap();
    for open in OPENERS {
        assert!(why(open(&name)).contains("another name"));
    }
    assert!(why(plain_file(&name)).contains("another name"));
    create(&name).unwrap().write_all(b"ours").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
}

#[test]
fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
    let (_dir, place) = place();
    let pipe = place.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for open in OPENERS {
        assert_eq!(why(open(&pipe)), NO_FILE);
    }
    assert_eq!(why(read(&pipe)), NO_FILE);
    assert_eq!(why(plain_file(&pipe)), NO_FILE);
    create(&pipe).unwrap();
    assert!(fs::symlink_metadata(&pipe).unwrap().is_file());
}

#[test]
fn what_is_made_is_the_users_own() {
    let (_dir, place) = place();
    let made = directory(&place.join("a/b")).unwrap();
    assert_eq!([mode(&place.join("a")), mode(&made)], [0o700, 0o700]);
    for (name, open) in ["append", "edit"].into_iter().zip(OPENERS) {
        open(&made.join(name)).unwrap();
        assert_eq!(mode(&made.join(name)), 0o600);
    }
    create(&made.join("new")).unwrap();
    assert_eq!(mode(&made.join("new")), 0o600);
}

#[test]
fn a_directory_in_which_all_may_exchange_files_is_refused_and_others_are_not() {
    let (_dir, place) = place();
    let path = place.join("runs");
    fs::create_dir(&path).unwrap();
    for (allowed, given) in
        [(true, 0o700), (true, 0o775), (true, 0o2775), (true, 0o1777), (false, 0o777)]
    {
        set_mode(&path, given);
        assert_eq!(directory(&path).is_ok(), allowed, "{given:o}");
    }
    assert!(why(directory(&path)).starts_with("every user may exchange files in it"));
}

#[test]
fn a_directory_of_another_user_is_refused() {
    if !am_root() {
        return;
    }
    let (_dir, place) = place();
    let path = place.join("runs");
    fs::create_dir(&path).unwrap();
    chown(&path, Some(STRANGER), None).unwrap();
    assert_eq!(why(directory(&path)), "it belongs to another user (12345)");
    assert!(directory_for(&path, Sharing::Group).is_ok(), "the shared one may be another's");
}

#[test]
fn a_link_to_a_directory_is_followed_where_its_user_made_it() {
    let (_dir, place) = place();
    let (real, link) = (directory(&place.join("real")).unwrap(), place.join("link"));
    symlink("./real", &link).unwrap();
    assert_eq!(directory(&link).unwrap(), real);
    assert_eq!(directory(&link.join("../link/below")).unwrap(), real.join("below"));
    assert_eq!(why(subdirectory(&place, "link")), A_LINK);
    if am_root() {
        std::os::unix::fs::lchown(&link, Some(STRANGER), None).unwrap();
        assert!(why(directory(&link)).contains("is a link that another user (12345) made"));
        assert!(why(directory(&link.join("below"))).contains("another user"));
    }
    symlink("round", place.join("round")).unwrap();
    assert_eq!(why(directory(&place.join("round"))), "its path is a circle of links");
}

#[test]
fn a_file_that_a_stranger_put_where_all_may_is_refused() {
    if !am_root() {
        return;
    }
    let (_dir, place) = place();
    let path = place.join("planted");
    fs::write(&path, "").unwrap();
    chown(&path, Some(STRANGER), None).unwrap();
    assert!(append(&path).is_ok(), "a directory of one's own is no such place");
    set_mode(&place, 0o1777);
    assert!(why(append(&path)).contains("another user (12345)"));
}

#[test]
fn a_directory_set_up_for_a_group_stays_its_groups() {
    let (_dir, place) = place();
    let shared = place.join("shared");
    fs::create_dir(&shared).unwrap();
    assert_eq!(Sharing::of(&shared), Sharing::Own);
    set_mode(&shared, 0o2770);
    drop(crate::base::state::edit(&shared, "quota", "one").unwrap());
    // In no directory of its own, which the mask of whoever came first might close to the others.
    assert_eq!(mode(&shared.join("quota-one")), 0o660);
    drop(crate::base::state::edit(&place.join("own"), "quota", "one").unwrap());
    assert_eq!([mode(&place.join("own")), mode(&place.join("own/quota"))], [0o700, 0o700]);
    assert_eq!(mode(&place.join("own/quota/one")), 0o600);
}
