//! The bridge as a waterfall: one row a cause, with the places in the text that it comes from.

use maud::{Markup, html};
use tally_count::{Definition, Example};
use tally_wordcount::report::Report;

use crate::bridge::{Bridge, BridgeStep, default_pair};
use crate::definition_text::{name, parse};
use crate::request_context::RequestContext;
use crate::text_format::{grouped, plural, signed};
use crate::waterfall_scale::WaterfallScale;

/// How many examples a row shows.
const EXAMPLES: usize = 3;

/// The section of the bridge.
pub(crate) fn bridge(report: &Report, context: &RequestContext) -> Markup {
    let chosen = |field: &str| context.get(field).and_then(parse);
    let (from, to) = default_pair(report);
    let (from, to) = (chosen("from").unwrap_or(from), chosen("to").unwrap_or(to));
    html! {
        section.card.bridge #bridge aria-labelledby="bridge-title" {
            div.card-head {
                h2 #bridge-title { "Why two numbers differ" }
                (chooser(from, to, context))
            }
            (body(report, from, to))
        }
    }
}

fn body(report: &Report, from: Definition, to: Definition) -> Markup {
    let Some(why) = &report.differences else { return unknown() };
    let bridge = Bridge::between(report, why, from, to);
    if bridge.steps.is_empty() {
        return html! { p.soft { (name(from)) " and " (name(to)) " agree on every word of this text." } };
    }
    waterfall(&bridge)
}

/// Submitted without `why`, or seen over other regions than its own.
fn unknown() -> Markup {
    html! {
        p.soft {
            "The causes are known for the job's own regions, if it was submitted with " code { "why=true" }
            ". The " a href="/" { "Count" } " page does that; with curl, add it to the address."
        }
    }
}

fn chooser(from: Definition, to: Definition, context: &RequestContext) -> Markup {
    html! {
        form.pair method="get" action="#bridge" data-auto {
            @for (field, value) in context.pairs().iter().filter(|(field, _)| field == "regions") {
                input type="hidden" name=(field) value=(value);
            }
            label { span { "From" } (select("from", from)) }
            span.arrow aria-hidden="true" { "→" }
            label { span { "to" } (select("to", to)) }
            button.small type="submit" { "Compare" }
        }
    }
}

fn select(field: &str, chosen: Definition) -> Markup {
    html! {
        select name=(field) {
            @for &one in Definition::ALL {
                option value=(one) selected[one == chosen] { (name(one)) }
            }
        }
    }
}

fn waterfall(bridge: &Bridge<'_>) -> Markup {
    let values = bridge.steps.iter().map(|step| step.after).chain([bridge.start, bridge.end]);
    let scale = WaterfallScale::of(values);
    let change = bridge.end - bridge.start;
    html! {
        p.soft {
            (name(bridge.to)) " counts " strong { (grouped(change.unsigned_abs().cast_signed())) }
            @if change > 0 { " more than " } @else if change < 0 { " fewer than " } @else { " more or fewer than " }
            (name(bridge.from)) ". "
            (bridge.steps.len()) (plural(bridge.steps.len() as u64, " cause explains", " causes explain")) " it, to the word."
        }
        ol.waterfall {
            (total(bridge.from, bridge.start, scale, "start"))
            @for step in &bridge.steps { (row(bridge, step, scale)) }
            (total(bridge.to, bridge.end, scale, "end"))
        }
        @if scale.low() > 0 { p.fine { "The bars begin at " (grouped(scale.low())) ", not at zero, so that the steps can be seen." } }
    }
}

fn total(definition: Definition, words: i128, scale: WaterfallScale, end: &str) -> Markup {
    let place = scale.place(words);
    html! {
        li.total {
            span.cause { strong { (name(definition)) } }
            svg.bar width="100%" height="40" aria-hidden="true" {
                rect.whole x="0" y="8" width=(percent(place)) height="24" rx="3" {}
                @if scale.low() > 0 { path.cut d="M14 4 8 36M20 4 14 36" {} }
                (joint(place, end == "end", end == "start"))
            }
            strong.figure { (grouped(words)) }
        }
    }
}

fn row(bridge: &Bridge<'_>, step: &BridgeStep<'_>, scale: WaterfallScale) -> Markup {
    let (before, after) = (scale.place(step.before), scale.place(step.after));
    let direction = if step.change() > 0 { "up" } else { "down" };
    html! {
        li {
            span.cause {
                (capitalised(step.cause.describe()))
                small { (grouped(step.clusters)) (plural(step.clusters, " place", " places")) }
            }
            svg.bar width="100%" height="40" aria-hidden="true" {
                rect class=(direction) x=(percent(before.min(after))) y="8" width=(percent((after - before).abs().max(0.4))) height="24" rx="3" {}
                (joint(before, true, false))
                (joint(after, false, true))
            }
            span.figure { (signed(step.change())) }
            ul.examples aria-label="Examples" {
                @for one in step.examples.iter().filter(|one| differs(bridge, one)).take(EXAMPLES) { (example(bridge, one)) }
            }
        }
    }
}

/// The thin line to the row above or below.
fn joint(place: f64, above: bool, below: bool) -> Markup {
    html! {
        @if above { line.joint x1=(percent(place)) x2=(percent(place)) y1="0" y2="8" {} }
        @if below { line.joint x1=(percent(place)) x2=(percent(place)) y1="32" y2="40" {} }
    }
}

fn differs(bridge: &Bridge<'_>, example: &Example) -> bool {
    example.words.get(bridge.from) != example.words.get(bridge.to)
}

fn example(bridge: &Bridge<'_>, example: &Example) -> Markup {
    let (from, to) = (example.words.get(bridge.from), example.words.get(bridge.to));
    html! {
        li {
            mark dir="auto" { (example.text) }
            span.counts aria-label={ (name(bridge.from)) " " (from) ", " (name(bridge.to)) " " (to) } { (grouped(from)) " → " (grouped(to)) }
        }
    }
}

fn percent(place: f64) -> String {
    format!("{place:.2}%")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
