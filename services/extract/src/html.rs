//! HTML to text as a reader sees it, in a stream.
//!
//! The tokenizer finds tags and characters as the HTML standard says; the page decides what they mean for the text. No
//! tree is built, because every available tree builder takes quadratic time on deeply nested hostile documents. The
//! tokenizer is our own: html5gum cannot take a document in pieces and needs about twice the time
//! (`services/decisions/007-html-tokenizer.md`).
//!
//! Text is what a browser that runs scripts shows before any script has run. Left out: scripts, styles, `<template>`,
//! `<noscript>`, `<iframe>`, comments. Style sheets are not read.
//!
//! [`Region::Hidden`](crate::Region::Hidden) gets elements with `hidden`, `display:none` or `visibility:hidden` in
//! their `style`, closed dialogs, the options that a closed list does not show, and fallback content such as that of
//! `<video>`. `aria-hidden=true` hides nothing from readers; only a formula right after its own MathML is hidden, as the
//! copy that KaTeX makes. [`Region::Alt`](crate::Region::Alt) gets `alt`, `aria-label`, SVG titles and ruby annotations.
//!
//! `<wbr>` and a soft hyphen do not separate words; the soft hyphen stays in the text. An image separates words like a
//! space.

mod character_reference;
mod document_type;
mod element;
mod local_name;
mod page;
mod raw_text;
mod tag;
mod tokenizer;

pub(crate) use page::HtmlPage;
pub(crate) use tokenizer::Tokenizer;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
