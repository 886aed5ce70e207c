//! The operators' recordings in a configuration folder, read and judged at every start and by
//! `rappel check`.

use std::path::Path;

use rappel_model::TenantId;
use rappel_prompts::{Cache, Catalog, cache};

/// Reads the shared recordings and those of these tenants, all of them, so that a broken one is
/// known before a call needs it. The error is one text per file: which, what is wrong with it, and
/// what to do.
pub(crate) fn open<'t>(
    config: &Path,
    tenants: impl IntoIterator<Item = &'t TenantId>,
) -> Result<Cache, Vec<String>> {
    let mut catalog = Catalog::embedded();
    let shared = config.join("shared");
    let unread = |folder: &Path, error: std::io::Error| {
        vec![format!(
            "{}: its recordings cannot be listed: {error}",
            folder.display()
        )]
    };
    catalog
        .set_shared(&shared)
        .map_err(|error| unread(&shared, error))?;
    for tenant in tenants {
        let folder = config.join("tenants").join(tenant.as_str());
        catalog
            .set_tenant(tenant.clone(), &folder)
            .map_err(|error| unread(&folder, error))?;
    }
    let cache = Cache::new(catalog, cache::MAX_BYTES);
    let broken: Vec<String> = cache
        .warm()
        .iter()
        .map(|broken| format!("{broken}; {REMEDY}"))
        .collect();
    if broken.is_empty() {
        Ok(cache)
    } else {
        Err(broken)
    }
}

/// What makes any recording playable, whatever is wrong with it.
pub(crate) const REMEDY: &str = "no caller could hear it: save it as WAV, 16 bits, mono, 8000 Hz (with sox: \
                      sox FILE -r 8000 -c 1 -b 16 NEW.wav), or remove it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_recording_is_named_with_its_remedy() {
        let folder = std::env::temp_dir().join(format!("rappel-recordings-{}", std::process::id()));
        let own = folder.join("tenants/a/prompts/fr");
        std::fs::create_dir_all(&own).expect("a folder of the test");
        std::fs::write(own.join("au-revoir.wav"), "hi").expect("a file of the test");
        let tenant = TenantId::from("a");
        let broken = open(&folder, [&tenant]).expect_err("two bytes are no sound");
        let good = open(&folder, []);
        std::fs::remove_dir_all(&folder).expect("the folder of the test");
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert!(
            broken[0].contains("a/prompts/fr/au-revoir.wav: "),
            "{broken:?}"
        );
        assert!(broken[0].contains("save it as WAV, 16 bits"), "{broken:?}");
        assert!(good.is_ok(), "{good:?}");
    }
}
