//! The lock reader: any text is a lock or is told what is wrong, and a lock reads back from what is written.
#![no_main]

use catalyst_resolve::{parse_lock, write_lock};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = catalyst_fuzz::text(data);
    let (lock, findings) = parse_lock(&text);
    assert!(lock.is_some() || !findings.is_empty(), "no lock, and nobody says why");
    if let Some(lock) = lock {
        let written = write_lock(&lock);
        let (again, findings) = parse_lock(&written);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(again.as_ref(), Some(&lock));
        assert_eq!(again.map(|it| write_lock(&it)), Some(written));
    }
});
