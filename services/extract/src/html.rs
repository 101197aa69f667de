//! HTML to text as a reader sees it, as a stream.
//!
//! Two steps: the tokenizer finds tags and characters as the HTML standard says, the page decides what they mean to
//! the text. No tree is built: building one is quadratic in the depth of hostile documents in every parser there is.
//! An own tokenizer, because the counts have to be exact and the parsers that only tokenize either leave character
//! references to the caller or are quadratic in the attributes of a tag.
//!
//! What is text: what a browser that runs scripts would show before any has run. Left out: scripts, styles,
//! `<template>`, `<noscript>`, `<iframe>`, comments. In [`Region::Hidden`](crate::Region::Hidden): elements with
//! `hidden`, `aria-hidden=true` (signs and second copies for the eye: icon names, formulas), `display:none` or
//! `visibility:hidden` in their `style`, closed dialogs, the fallback in `<video>` and the like. Style sheets are not
//! read. In [`Region::Alt`](crate::Region::Alt): `alt`, `aria-label`, SVG titles, ruby readings. `<wbr>` and a soft
//! hyphen separate nothing; the latter is passed on. An image separates words as a space does.

mod element;
mod name;
mod page;
mod raw;
mod reference;
mod tag;
mod tokenizer;

pub(crate) use page::Page;
pub(crate) use tokenizer::Tokenizer;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
