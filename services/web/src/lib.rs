//! The web pages: count a text, see why its numbers differ, watch the jobs and act on them.
//!
//! Pages only read. Their forms post to the API's routes, which send a browser back to a page. This crate does not know
//! the API, nor the API this crate: the wiring mounts these routes behind the API's middleware.
//!
//! Everything works without JavaScript; the scripts only save a reload. Names, addresses, texts and labels come from
//! clients and are hostile: maud escapes whatever is not written here.

mod assets;
mod bridge;
mod bridge_view;
mod count_page;
mod definition_text;
mod errors_page;
mod filter_form;
mod job_page;
mod job_table;
mod layout;
mod list_filter;
mod list_page;
mod overview_page;
mod page_error;
mod problem_page;
mod request_context;
mod result_view;
mod router;
mod shell_lines;
mod source_label;
mod text_format;
mod timeline_view;
mod waterfall_scale;

pub use layout::POLICY;
pub use problem_page::{ProblemView, problem_page};
pub use router::{PageDeps, router};
