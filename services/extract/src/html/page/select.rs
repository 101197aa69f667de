//! Closed lists: `<select>` shows the option that is selected, otherwise the first one that is not disabled.
//!
//! Which one that is, is known at the end of the list. Until then the texts of its options are held.

use super::text_context::TextContext;
use super::{Captured, HtmlPage};
use crate::html::tag::HtmlTag;
use crate::region::Region;
use crate::text_buffer::{Separator, WhiteSpace};

#[derive(Debug)]
pub(super) struct ClosedSelect {
    region: Region,
    /// The text of the option that is shown if no better one follows.
    shown: Option<String>,
    option: OpenOption,
}

/// The attributes of the open option.
#[derive(Debug, Default, Clone, Copy)]
struct OpenOption {
    is_selected: bool,
    is_disabled: bool,
}

impl HtmlPage {
    /// Starts a closed list if it is one that readers see.
    pub(super) fn begin_select(&mut self, tag: &HtmlTag, region: Option<Region>) {
        let Some(region) = region.filter(|region| *region != Region::Hidden) else { return };
        if !tag.is_list && self.select.is_none() {
            self.select = Some(ClosedSelect { region, shown: None, option: OpenOption::default() });
        }
    }

    /// Starts an option. In a closed list its text is held, not written.
    pub(super) fn begin_option(&mut self, tag: &HtmlTag, context: TextContext) -> TextContext {
        let Some(select) = &mut self.select else { return context };
        if !matches!(self.captured, Captured::Nothing) {
            return context;
        }
        select.option =
            OpenOption { is_selected: tag.is_selected, is_disabled: tag.is_disabled || tag.is_hidden };
        self.captured = Captured::Option(String::new());
        TextContext { region: None, ..context }
    }

    /// Ends an option: it replaces the one that was to be shown, or it is hidden.
    pub(super) fn end_option(&mut self) {
        let Captured::Option(text) = &mut self.captured else { return };
        let text = std::mem::take(text);
        self.captured = Captured::Nothing;
        let Some(select) = &mut self.select else { return };
        let is_first = select.shown.is_none() && !select.option.is_disabled;
        let hidden =
            if select.option.is_selected || is_first { select.shown.replace(text) } else { Some(text) };
        if let Some(hidden) = hidden {
            self.buffer.push_into(Region::Hidden, &hidden);
        }
    }

    /// Ends a closed list and shows its option.
    pub(super) fn end_select(&mut self) {
        let Some(select) = self.select.take() else { return };
        let Some(shown) = select.shown else { return };
        self.buffer.set_region(Some(select.region), WhiteSpace::Collapse);
        self.buffer.separate(Separator::Line);
        self.buffer.push(&shown);
        self.buffer.separate(Separator::Line);
    }
}
