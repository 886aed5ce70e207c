//! Files of certificates, good and bad.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("rappel-tls-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A certificate for `host` in `host.pem`, its key in `host.key`.
    fn certificate(&self, host: &str, years: (i32, i32)) -> Certificate {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Certificate {
            chain: self.write(&format!("{host}.pem"), &certificate.pem()),
            key: self.write(&format!("{host}.key"), &key.serialize_pem()),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn files(certificates: &[Certificate]) -> TlsFiles {
    TlsFiles {
        certificates: certificates.to_vec(),
        ..TlsFiles::default()
    }
}

fn why(files: &TlsFiles) -> Vec<Why> {
    Keys::check(files).into_iter().map(|f| f.why).collect()
}

const GOOD: (i32, i32) = (2020, 2099);

#[test]
fn good_files_have_no_fault_and_each_bad_one_is_told() {
    let folder = Folder::new();
    let good = folder.certificate("pbx.example", GOOD);
    let other = folder.certificate("other.example", GOOD);
    assert_eq!(why(&files(std::slice::from_ref(&good))), []);

    let text = folder.write("text", "not a certificate\n");
    let empty = folder.write("cut", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    let large = folder.0.join("large");
    let sparse = std::fs::File::create(&large).unwrap();
    sparse.set_len(64 * 1024 * 1024).unwrap();
    let swapped = |chain: &Path, key: &Path| {
        let (chain, key) = (chain.to_path_buf(), key.to_path_buf());
        why(&files(&[Certificate { chain, key }]))
    };
    let missing = folder.0.join("missing");
    assert_eq!(swapped(&missing, &good.key), [Why::Missing]);
    assert_eq!(swapped(&missing, &missing), [Why::Missing, Why::Missing]);
    assert_eq!(swapped(&text, &good.key), [Why::NoCertificate]);
    assert_eq!(swapped(&good.chain, &text), [Why::NoKey]);
    assert_eq!(swapped(&good.key, &good.key), [Why::NoCertificate]);
    assert_eq!(swapped(&large, &good.key), [Why::TooLarge]);
    assert!(matches!(
        swapped(&empty, &good.key)[..],
        [Why::Broken(_) | Why::NoCertificate]
    ));
    assert!(matches!(
        swapped(&folder.0, &good.key)[..],
        [Why::Unreadable(_)]
    ));
    assert_eq!(
        swapped(&good.chain, &other.key),
        [Why::Mismatched { chain: good.chain }]
    );
}

#[test]
fn dates_are_told_and_still_served_with() {
    let folder = Folder::new();
    let old = folder.certificate("old.example", (2001, 2002));
    let young = folder.certificate("young.example", (2098, 2099));
    let (keys, faults) = Keys::open(files(&[old, young])).unwrap();
    let why: Vec<_> = faults.into_iter().map(|fault| fault.why).collect();
    assert_eq!(
        why,
        [
            Why::Expired {
                since: 1_009_843_200
            },
            Why::NotYetValid {
                from: 4_039_372_800
            }
        ]
    );
    assert!(keys.current().open.is_some());
}

#[test]
fn new_files_are_taken_and_bad_ones_leave_the_old_in_use() {
    let folder = Folder::new();
    let pair = folder.certificate("pbx.example", GOOD);
    let (keys, _) = Keys::open(files(std::slice::from_ref(&pair))).unwrap();
    let first = keys.current();
    assert_eq!(keys.reload(), Ok(false), "nothing changed");

    folder.write("pbx.example.pem", "half a file");
    let faults = keys.reload().unwrap_err();
    assert_eq!(faults[0].why, Why::NoCertificate);
    assert!(Arc::ptr_eq(&first, &keys.current()));
    assert_eq!(keys.reload(), Ok(false), "told once");

    folder.certificate("pbx.example", (2001, 2002));
    assert!(keys.reload().is_err(), "out of date is no better");
    assert!(Arc::ptr_eq(&first, &keys.current()));

    folder.certificate("pbx.example", GOOD);
    assert_eq!(keys.reload(), Ok(true));
    assert!(!Arc::ptr_eq(&first, &keys.current()));
}

#[test]
fn without_a_certificate_nothing_is_served_and_without_authorities_nobody_is_judged() {
    let (keys, faults) = Keys::open(TlsFiles::default()).unwrap();
    assert!(faults.is_empty());
    let material = keys.current();
    assert!(material.open.is_none() && material.closed.is_none());

    let folder = Folder::new();
    let pair = folder.certificate("pbx.example", GOOD);
    let (keys, _) = Keys::open(files(std::slice::from_ref(&pair))).unwrap();
    assert!(keys.current().open.is_some() && keys.current().closed.is_none());
    let judging = TlsFiles {
        authorities: Some(pair.chain.clone()),
        ..files(&[pair])
    };
    let (keys, _) = Keys::open(judging).unwrap();
    assert!(keys.current().closed.is_some());
}
