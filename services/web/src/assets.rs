//! The style, the scripts and the icon, in the program itself.
//!
//! Their path holds a hash of all of them, so browsers may keep them for ever, and modules import each other by plain
//! relative names.

use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use foldhash::quality::FixedState;

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 6] = [
    Asset {
        name: "tally.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/tally.css"),
    },
    Asset { name: "app.js", content_type: SCRIPT, bytes: include_bytes!("../assets/app.js") },
    Asset { name: "live.js", content_type: SCRIPT, bytes: include_bytes!("../assets/live.js") },
    Asset { name: "upload.js", content_type: SCRIPT, bytes: include_bytes!("../assets/upload.js") },
    Asset { name: "keys.js", content_type: SCRIPT, bytes: include_bytes!("../assets/keys.js") },
    Asset { name: "icon.svg", content_type: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    for asset in &ASSETS {
        hasher.write(asset.bytes);
    }
    format!("{:016x}", hasher.finish())
});

/// The path of an asset.
pub(crate) fn path(name: &str) -> String {
    format!("/ui/assets/{}/{name}", *VERSION)
}

/// An asset; none for another version, which could not be kept for ever.
pub(crate) fn response(version: &str, name: &str) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == name && version == *VERSION)?;
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_assets_leave_room_for_a_page_of_sixty_kilobytes() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.bytes.len()).sum();
        assert!(bytes < 32 << 10, "{bytes}");
    }

    #[test]
    fn another_version_is_not_served() {
        assert!(response(&VERSION, "tally.css").is_some());
        assert!(response("0", "tally.css").is_none());
        assert!(response(&VERSION, "../Cargo.toml").is_none());
    }
}
