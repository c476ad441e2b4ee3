//! Where data go, and what a URL looks like.

use std::path::Path;

use super::machine::Machine;
use super::options::data_dir_of;
use super::settings;
use super::url::percent_encoded;

#[track_caller]
fn check_data_dir(root: bool, environment: &[(&str, &str)], expected: Option<&str>) {
    let lookup = |name: &str| {
        environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    assert_eq!(data_dir_of(root, lookup).as_deref(), expected.map(Path::new));
}

#[test]
fn a_service_without_a_data_dir_keeps_its_data_where_the_machine_expects_them() {
    let home = ("HOME", "/home/ada");
    check_data_dir(true, &[home], Some("/var/lib/dossier"));
    check_data_dir(false, &[home], Some("/home/ada/.local/share/dossier"));
    check_data_dir(false, &[home, ("XDG_DATA_HOME", "/data")], Some("/data/dossier"));
    check_data_dir(false, &[home, ("XDG_DATA_HOME", "x")], Some("/home/ada/.local/share/dossier"));
    check_data_dir(false, &[], None);
}

#[test]
fn a_directory_with_odd_characters_can_be_part_of_a_url() {
    assert_eq!(percent_encoded("/tmp/a b&c/é".as_bytes()), "/tmp/a%20b%26c/%C3%A9");
}

#[test]
fn settings_of_a_test_replace_ours_but_not_the_socket() {
    let extra = [("fsync", "off"), ("shared_buffers", "7MB"), ("listen_addresses", "*")];
    let extra = extra.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let all = settings::all(Path::new("/a \"b\""), Machine::default(), true, &extra);
    let last = |name: &str| {
        all.iter()
            .rev()
            .filter_map(|setting| setting.to_str()?.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    };
    assert_eq!(last("fsync"), Some("off"));
    assert_eq!(last("shared_buffers"), Some("7MB"));
    assert_eq!(last("wal_compression"), Some("lz4"));
    assert_eq!(last("checkpoint_timeout"), Some("15min"));
    assert_eq!(last("listen_addresses"), Some(""));
    assert_eq!(last("unix_socket_directories"), Some("\"/a \"\"b\"\"\""));
}
