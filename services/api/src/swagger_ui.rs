//! The files of Swagger UI, unpacked from the archive of its release when the page is first asked for.
//!
//! The crate `utoipa-swagger-ui` unpacks the same archive at build time: that takes a build script with a regular
//! expression engine, and makes the executable 3 MB larger.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use bytes::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;
use zip::result::ZipError;

#[derive(Clone)]
pub(crate) struct PageFile {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: &'static str,
}

/// What the page loads, all of it from `dist/` of the archive.
const FILES: [(&str, &str); 7] = [
    ("index.html", "text/html"),
    ("index.css", "text/css"),
    ("swagger-ui.css", "text/css"),
    ("swagger-ui-bundle.js", "text/javascript"),
    ("swagger-ui-standalone-preset.js", "text/javascript"),
    ("favicon-16x16.png", "image/png"),
    ("favicon-32x32.png", "image/png"),
];

/// The archive's own initializer shows the API of a pet shop; this one shows ours.
const INITIALIZER: &str = "swagger-initializer.js";
const OUR_INITIALIZER: &str = r##"window.onload = () => {
  window.ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    url: "/openapi.json",
    deepLinking: true,
    layout: "StandaloneLayout",
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
  });
};
"##;

static UNPACKED: LazyLock<Result<[Bytes; FILES.len()], ZipError>> = LazyLock::new(unpack);

/// A file by its name, if the page has it.
pub(crate) fn file(name: &str) -> Result<Option<PageFile>, &'static ZipError> {
    if name == INITIALIZER {
        let bytes = Bytes::from_static(OUR_INITIALIZER.as_bytes());
        return Ok(Some(PageFile { bytes, content_type: "text/javascript" }));
    }
    let Some(at) = FILES.iter().position(|(file, _)| *file == name) else { return Ok(None) };
    let unpacked = UNPACKED.as_ref()?;
    Ok(Some(PageFile { bytes: unpacked[at].clone(), content_type: FILES[at].1 }))
}

fn unpack() -> Result<[Bytes; FILES.len()], ZipError> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    // Everything in it is below one folder, whose name has the version.
    let top = archive.by_index(0)?.name()?.split('/').next().unwrap_or_default().to_owned();
    let mut unpacked = FILES.map(|_| Bytes::new());
    for (bytes, (name, _)) in unpacked.iter_mut().zip(FILES) {
        let mut content = Vec::new();
        archive.by_name(&format!("{top}/dist/{name}"))?.read_to_end(&mut content)?;
        *bytes = if name == "index.html" { with_our_title(&content) } else { content.into() };
    }
    Ok(unpacked)
}

/// The page, with a title of ours and a width for small screens.
fn with_our_title(page: &[u8]) -> Bytes {
    let ours = "<title>Tally: the API</title>\n    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";
    String::from_utf8_lossy(page).replace("<title>Swagger UI</title>", ours).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_has_every_file_that_the_page_loads() {
        let text = |name| String::from_utf8(file(name).unwrap().unwrap().bytes.to_vec()).unwrap();
        let page = text("index.html");
        let loaded =
            ["src=\"", "href=\""].map(|attribute| page.split(attribute).skip(1)).into_iter().flatten();
        let loaded: Vec<_> =
            loaded.map(|rest| rest.split('"').next().unwrap().trim_start_matches("./")).collect();
        assert!(page.contains("<title>Tally: the API</title>") && page.contains("name=\"viewport\""));
        assert_eq!(loaded.len(), FILES.len(), "all but the page itself, and the initializer: {loaded:?}");
        for name in loaded {
            assert!(!file(name).unwrap().unwrap().bytes.is_empty(), "{name}");
        }
        assert!(file("swagger-ui.js").unwrap().is_none());
    }
}
