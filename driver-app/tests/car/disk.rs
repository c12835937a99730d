//! The unit's memory: torn, foreign, missing in part, or held by somebody else.

use std::{fs, os::unix::fs::PermissionsExt};

use fareway_driver_app::{
    disk::{Disk, DiskError},
    state::{Memory, Page},
};

use crate::bench::{Bench, SERVER_TIME};

fn damaged(bench: &mut Bench) -> String {
    bench.restart(SERVER_TIME);
    match bench.page() {
        Page::Damaged(why) => why,
        other => panic!("a damaged memory was believed: {other:?}"),
    }
}

#[test]
fn a_torn_or_changed_file_is_never_half_believed() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    let path = bench.folder().join("ledger.json");
    let whole = fs::read(&path).expect("the ledger");
    for keep in [0, 1, 64, 65, 66, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep]).expect("torn");
        assert_eq!(damaged(&mut bench), "ledger.json is torn or was changed");
    }
    let mut lower = String::from_utf8(whole.clone()).expect("text");
    lower = lower.replace("\"last_command\":2", "\"last_command\":1");
    fs::write(&path, lower).expect("changed");
    assert_eq!(damaged(&mut bench), "ledger.json is torn or was changed");
    fs::write(&path, &whole).expect("healed");
    bench.restart(SERVER_TIME);
    assert_eq!(bench.page_name(), "bill");
}

#[test]
fn a_missing_ledger_never_starts_the_counters_over() {
    let mut bench = Bench::linked();
    bench.hire(41, 2340);
    fs::remove_file(bench.folder().join("ledger.json")).expect("removed");
    assert_eq!(damaged(&mut bench), "ledger.json is missing");
}

#[test]
fn another_units_ledger_is_not_taken_for_ours() {
    let mut bench = Bench::linked();
    let disk_folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::open(disk_folder.path()).expect("opens");
    let other = fareway_shared::id::DeviceId(uuid::Uuid::from_u128(99));
    disk.save_ledger(&fareway_driver_app::state::Ledger::new(other, 0)).expect("saved");
    fs::copy(disk_folder.path().join("ledger.json"), bench.folder().join("ledger.json")).expect("copied");
    assert_eq!(damaged(&mut bench), "ledger.json belongs to another unit");
}

#[test]
fn half_an_enrolment_is_no_enrolment() {
    let mut bench = Bench::enrolled();
    fs::remove_file(bench.folder().join("identity.json")).expect("removed");
    bench.restart(SERVER_TIME);
    assert_eq!(bench.page_name(), "enrol");
}

#[test]
fn the_private_key_is_readable_by_its_owner_only() {
    let bench = Bench::enrolled();
    let mode = fs::metadata(bench.folder().join("identity.json")).expect("exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn two_programs_never_share_one_memory() {
    let bench = Bench::enrolled();
    let error = Disk::open(bench.folder()).expect_err("the folder is held");
    assert!(matches!(error, DiskError::InUse(_)));
    assert!(error.to_string().contains("another driver-app is using"), "{error}");
}

#[test]
fn a_fresh_enrolment_sets_the_damaged_files_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("ledger.json"), "torn").expect("written");
    let disk = Disk::open(folder.path()).expect("opens");
    assert!(matches!(disk.load(), Ok(Memory::Damaged(_))));
    disk.set_aside().expect("set aside");
    assert!(matches!(disk.load(), Ok(Memory::Blank)));
    assert!(folder.path().join("ledger.json.damaged-1").exists());
}
