//! The annotations of a page that show text: filled form fields and typed notes (FreeText).
//!
//! Their appearance is drawn like a form. One without an appearance that shows text gives its value or its contents. Tick
//! boxes, links, and comments that open in a window of their own are left out.

use hayro_font::kurbo::{Affine, Rect};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

use super::content_stream::decoded;
use super::pdf_text_string::decode_text;

/// The flags of annotations that no reader shows: hidden, or not to be viewed.
const HIDDEN: i32 = 1 << 1 | 1 << 5;
/// Field flags: a password; a button with a caption, not a tick box.
const PASSWORD: i32 = 1 << 13;
const PUSH_BUTTON: i32 = 1 << 16;
/// How far the parents of a field are followed.
const MAX_PARENTS: usize = 16;
/// How long a value in a stream may be, in bytes.
const MAX_VALUE_BYTES: usize = 16 << 20;
/// How many annotations of a page are read.
const MAX_ANNOTATIONS: usize = 10_000;

/// An annotation that may show text.
pub(super) struct Annotation<'a> {
    dictionary: Dict<'a>,
    kind: AnnotationKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum AnnotationKind {
    FreeText,
    /// A text field or a choice.
    Field,
    Button,
}

impl<'a> Annotation<'a> {
    /// `None` if it shows no text.
    pub(super) fn new(dictionary: Dict<'a>) -> Option<Self> {
        if dictionary.get::<i32>(b"F").unwrap_or(0) & HIDDEN != 0 {
            return None;
        }
        let kind = match &*dictionary.get::<Name<'_>>(b"Subtype")? {
            b"FreeText" => AnnotationKind::FreeText,
            b"Widget" => field_kind(&dictionary)?,
            _ => return None,
        };
        Some(Self { dictionary, kind })
    }

    /// Whether it is an element of a form.
    pub(super) fn is_field(&self) -> bool {
        self.kind != AnnotationKind::FreeText
    }

    /// The form that draws it in its normal state.
    pub(super) fn appearance(&self) -> Option<Stream<'a>> {
        match self.dictionary.get::<Dict<'a>>(b"AP")?.get::<Object<'a>>(b"N")? {
            Object::Stream(stream) => Some(stream),
            Object::Dict(states) => states.get::<Stream<'a>>(&*self.dictionary.get::<Name<'_>>(b"AS")?),
            _ => None,
        }
    }

    /// From the units of the appearance to those of the page.
    pub(super) fn transform(&self, appearance: &Stream<'_>) -> Affine {
        let rect = |dictionary: &Dict<'_>, key: &[u8]| {
            dictionary.get::<[f64; 4]>(key).map(|[x0, y0, x1, y1]| Rect::new(x0, y0, x1, y1).abs())
        };
        let matrix = appearance.dict().get::<[f64; 6]>(b"Matrix").map_or(Affine::IDENTITY, Affine::new);
        let (Some(to), Some(bounds)) = (rect(&self.dictionary, b"Rect"), rect(appearance.dict(), b"BBox"))
        else {
            return Affine::IDENTITY;
        };
        let from = matrix.transform_rect_bbox(bounds);
        let scale = |to: f64, from: f64| if from > 0.0 { to / from } else { 1.0 };
        let (x, y) = (scale(to.width(), from.width()), scale(to.height(), from.height()));
        Affine::new([x, 0.0, 0.0, y, to.x0 - from.x0 * x, to.y0 - from.y0 * y])
    }

    /// The text that it holds, for programs that make the appearance themselves.
    pub(super) fn text(&self) -> Option<String> {
        match self.kind {
            AnnotationKind::FreeText => text_of(self.dictionary.get::<Object<'_>>(b"Contents")?),
            AnnotationKind::Field => text_of(holder(&self.dictionary, b"V")?.get::<Object<'_>>(b"V")?),
            AnnotationKind::Button => None,
        }
    }
}

fn field_kind(widget: &Dict<'_>) -> Option<AnnotationKind> {
    let flags = holder(widget, b"Ff").and_then(|field| field.get::<i32>(b"Ff")).unwrap_or(0);
    match &*holder(widget, b"FT")?.get::<Name<'_>>(b"FT")? {
        b"Tx" if flags & PASSWORD == 0 => Some(AnnotationKind::Field),
        b"Ch" => Some(AnnotationKind::Field),
        b"Btn" if flags & PUSH_BUTTON != 0 => Some(AnnotationKind::Button),
        _ => None,
    }
}

/// The field that holds an entry: this one, or one that it belongs to.
fn holder<'a>(field: &Dict<'a>, key: &[u8]) -> Option<Dict<'a>> {
    let mut field = field.clone();
    for _ in 0..MAX_PARENTS {
        if field.contains_key(key) {
            return Some(field);
        }
        field = field.get::<Dict<'a>>(b"Parent")?;
    }
    None
}

/// The text of a value: a string, a long text, or the strings of a choice.
fn text_of(value: Object<'_>) -> Option<String> {
    match value {
        Object::String(text) => Some(decode_text(text.as_bytes())),
        Object::Stream(stream) => {
            let (data, _) = decoded(&stream, MAX_VALUE_BYTES);
            Some(decode_text(&data))
        }
        Object::Array(values) => {
            let texts: Vec<_> =
                values.iter::<PdfString<'_>>().map(|text| decode_text(text.as_bytes())).collect();
            Some(texts.join("\n"))
        }
        _ => None,
    }
}

/// The annotations of a page that may show text.
pub(super) fn annotations<'a>(page: &Dict<'a>) -> Vec<Annotation<'a>> {
    let Some(all) = page.get::<Array<'a>>(b"Annots") else { return Vec::new() };
    all.iter::<Dict<'a>>().take(MAX_ANNOTATIONS).filter_map(Annotation::new).collect()
}
