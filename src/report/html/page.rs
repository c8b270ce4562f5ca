//! The template of `report.html`, in one piece so that the crate needs no directory of templates.
//!
//! Only text and geometry come in; askama escapes all of it.

use askama::Template;

use super::{HtmlReport, pieces};
use crate::base::numbers;
use crate::model::Outcome;
use crate::report::chart::{self, RateChart, Slice};
use crate::report::words::WayOn;

/// The template's view of it: only text and geometry.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% macro rich(text) %}{% for (code, piece) in self::pieces(text) %}{% if code %}<code>{{ piece }}</code>{% else %}{{ piece }}{% endif %}{% endfor %}{% endmacro %}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{% if report.undoes.is_some() || report.job.as_str() != report.operation.name() %}{{ report.job }}: {% endif %}{% if let Some(run) = report.undoes %}undo of run {{ run }} by {% endif %}{{ report.operation }}, {{ report.run }}</title>
<style>
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --ink: #1c1d1f; --soft: #5b5f66; --line: #dddcd6;
  --good: #1f7a4d; --mixed: #9a6200; --bad: #b3261e;
  --succeeded: #2f8f5f; --failed: #c8372d; --rejected: #c4701a; --skipped: #8b9098;
  --unknown: #8353b5; --unsent: #3f78b8; --area: #3f78b8; --wait: #d9832433;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --ink: #e9e9e6; --soft: #a5a9b0; --line: #363a40;
    --good: #6fcf9c; --mixed: #f0b95a; --bad: #ff8a80;
    --succeeded: #4cb482; --failed: #ef6b61; --rejected: #eba04d; --skipped: #8d939c;
    --unknown: #b18be0; --unsent: #6fa5e0; --area: #6fa5e0; --wait: #eba04d33;
  }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
    --good: #1f7a4d; --mixed: #9a6200; --bad: #b3261e;
    --succeeded: #2f8f5f; --failed: #c8372d; --rejected: #c4701a; --skipped: #8b9098;
    --unknown: #8353b5; --unsent: #3f78b8; --area: #3f78b8; --wait: #d9832433;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, tr, figure, pre { break-inside: avoid; }
  h2, h3, p, thead { break-after: avoid; }
  section { box-shadow: none !important; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main, footer { max-width: 56rem; margin: 0 auto; padding: 1rem; }
header { border-left: .4rem solid var(--tone); padding: .2rem 0 .2rem 1rem; margin: 1rem 0 1.5rem; }
.good { --tone: var(--good); } .mixed { --tone: var(--mixed); } .bad { --tone: var(--bad); }
header p { margin: .25rem 0; color: var(--soft); }
.tag { color: var(--tone); font-weight: 600; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: .25rem 0; text-wrap: pretty; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 1.5rem 0 .5rem; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1.1rem 1.25rem; margin: 0 0 1rem;
}
section > :last-child { margin-bottom: 0; }
p { margin: 0 0 .75rem; }
.soft { color: var(--soft); }
code, pre { font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre {
  margin: 0 0 .75rem; padding: .7rem .9rem; background: var(--page); border: 1px solid var(--line);
  border-radius: .4rem; white-space: pre-wrap;
}
.wide:focus-visible { outline: 2px solid var(--area); outline-offset: 2px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; overflow-wrap: normal; }
th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th, thead td { border-top: 0; } thead th { color: var(--soft); font-weight: 500; font-size: .85rem; }
tbody th { font-weight: 500; }
tr > :last-child { padding-right: 0; }
.n { text-align: right; } .n, .one { white-space: nowrap; }
.any { overflow-wrap: anywhere; min-width: 12rem; }
svg { display: block; width: 100%; height: auto; }
figure { margin: 0 0 .75rem; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .3rem; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .5em; background: var(--of); }
svg.bar { height: 2.25rem; margin-bottom: .5rem; }
.bar rect { fill: var(--of); stroke: var(--card); stroke-width: 1.5; }
.succeeded { --of: var(--succeeded); } .failed { --of: var(--failed); } .rejected { --of: var(--rejected); }
.skipped { --of: var(--skipped); } .unknown { --of: var(--unknown); } .unsent { --of: var(--unsent); }
.grid line { stroke: var(--line); }
.grid text { fill: var(--soft); font-size: 12px; }
.area { fill: var(--area); fill-opacity: .3; stroke: var(--area); stroke-width: 1.5; stroke-linejoin: round; }
.quota { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 6 4; }
.wait { fill: var(--wait); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.25rem, 1fr)); gap: .75rem; margin: 0 0 1.25rem; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.meter { height: .6rem; border-radius: .3rem; background: var(--area); min-width: 2px; }
td.meter-cell { width: 45%; vertical-align: middle; }
dl.facts { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .3rem 1.25rem; margin: 0 0 .75rem; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; }
ul { margin: 0; padding-left: 1.2rem; }
a { color: inherit; text-underline-offset: .15em; }
footer { color: var(--soft); font-size: .85rem; padding-top: 0; }
@media (max-width: 34rem) {
  h1 { font-size: 1.25rem; } section { padding: .9rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } dl.facts dd { margin-bottom: .5rem; }
  .grid text { font-size: 28px; } .when text { translate: 0 10px; } .when text:nth-of-type(even) { display: none; }
  figure svg { overflow: visible; margin: .5rem 0; }
  .any { min-width: 8rem; } td, th { padding-right: .5rem; }
  td.meter-cell { display: none; }
}
</style>
</head>
<body class="{{ tone }}">
<main>
<header>
<p><span class="tag">{% if let Some(run) = report.undoes %}undo of run <a href="../{{ run }}/report.html">{{ run }}</a> by {% endif %}{{ report.operation }}</span>{% if report.job != report.operation.name() %} · {{ report.job }}{% endif %}{% if code != 0 %} · exit {{ code }}{% endif %}</p>
<h1>{% if let Some(how_far) = report.undone %}{{ how_far }}. {% endif %}{% call rich(verdict) %}{% endcall %}</h1>
<p>{{ report.target.host }} · <time datetime="{{ report.started_at }}">{{ numbers::moment(report.started_at) }}</time></p>
</header>

{% if !ways_on.is_empty() %}<section aria-labelledby="on">
<h2 id="on">How to go on</h2>
{% for way in ways_on %}<p>{% call rich(way.advice) %}{% endcall %}</p>
<pre>{{ way.command }}</pre>
{% endfor %}</section>{% endif %}

{% if !notes.is_empty() %}<section aria-labelledby="note">
<h2 id="note">Note</h2>
<ul>{% for note in notes %}<li>{% call rich(note) %}{% endcall %}</li>{% endfor %}</ul>
</section>{% endif %}

<section aria-labelledby="records">
<h2 id="records">Records</h2>
{% if !bar.is_empty() %}<svg class="bar" viewBox="0 0 720 40" preserveAspectRatio="none" role="img" aria-label="The records read, by outcome; the numbers are in the table below">
{% for part in bar %}<rect class="{{ part.outcome.name() }}" x="{{ "{:.2}"|format(part.x) }}" y="0" width="{{ "{:.2}"|format(part.width) }}" height="40"><title>{{ part.outcome.name() }}: {{ part.count }}</title></rect>
{% endfor %}</svg>{% endif %}
<table>
<thead><tr><th scope="col">outcome</th><th scope="col" class="n">records</th><th scope="col" class="n">share</th></tr></thead>
<tbody>
{% for part in bar %}<tr><th scope="row"><span class="key {{ part.outcome.name() }}" aria-hidden="true"></span>{{ part.outcome.name() }}</th><td class="n">{{ part.count }}</td><td class="n">{{ part.share }}</td></tr>
{% endfor %}<tr><th scope="row"><span class="key" aria-hidden="true"></span>read</th><td class="n"><strong>{{ read }}</strong></td><td class="n"></td></tr>
</tbody>
</table>
</section>

{% if !clusters.is_empty() %}<section aria-labelledby="reasons">
<h2 id="reasons">Why records did not succeed</h2>
<div class="wide" tabindex="0" role="group" aria-label="Table of reasons"><table>
<thead><tr><th scope="col">outcome</th><th scope="col" class="n">rows</th><th scope="col">reason</th></tr></thead>
<tbody>
{% for cluster in clusters %}<tr><td class="one"><span class="key {{ cluster.outcome.name() }}" aria-hidden="true"></span>{{ cluster.outcome.name() }}</td><td class="n">{{ cluster.rows }}</td><td class="any">{% call rich(cluster.reason) %}{% endcall %}{% if !cluster.places.is_empty() %}<br><span class="soft">{{ cluster.places }}</span>{% endif %}</td></tr>
{% endfor %}</tbody>
</table></div>
</section>{% endif %}

<section aria-labelledby="requests">
<h2 id="requests">Requests</h2>
<dl class="figures">
{% for (label, figure) in figures %}<div><dt>{{ label }}</dt><dd>{{ figure }}</dd></div>
{% endfor %}</dl>
{% if let Some(chart) = chart %}<h3>Requests per minute</h3>
<figure>
<svg viewBox="0 0 720 215" role="img" aria-label="Requests per minute over time: {{ chart.caption }}">
<g class="grid">
{% for tick in chart.y_ticks %}<line x1="{{ chart::LEFT }}" x2="{{ chart::RIGHT }}" y1="{{ "{:.1}"|format(tick.at) }}" y2="{{ "{:.1}"|format(tick.at) }}"/><text x="{{ chart::LEFT - 8.0 }}" y="{{ "{:.1}"|format(tick.at + 4.0) }}" text-anchor="end">{{ tick.label }}</text>
{% endfor %}</g>
<g class="grid when">
{% for tick in chart.x_ticks %}<text x="{{ "{:.1}"|format(tick.at) }}" y="208" text-anchor="middle">{{ tick.label }}</text>
{% endfor %}</g>
{% for wait in chart.waits %}<rect class="wait" x="{{ "{:.1}"|format(wait.x) }}" y="{{ chart::TOP }}" width="{{ "{:.1}"|format(wait.width) }}" height="{{ chart::BOTTOM - chart::TOP }}"><title>nothing was under way</title></rect>
{% endfor %}<path class="area" d="{{ chart.area }}"/>
{% if let Some(quota) = chart.quota %}<line class="quota" x1="{{ chart::LEFT }}" x2="{{ chart::RIGHT }}" y1="{{ "{:.1}"|format(quota.at) }}" y2="{{ "{:.1}"|format(quota.at) }}"/>{% endif %}
</svg>
<figcaption>{{ chart.caption }}.{% if chart.quota.is_some() %} Dashed: the quota.{% endif %}{% if !chart.waits.is_empty() %} Shaded: times in which nothing was under way.{% endif %}</figcaption>
</figure>{% endif %}
{% if !answers.is_empty() %}<h3>Answers</h3>
<table>
<thead><tr><th scope="col">answer</th><th scope="col" class="n">requests</th><th scope="col" class="n">share</th><td class="meter-cell"></td></tr></thead>
<tbody>
{% for answer in answers %}<tr><th scope="row">{{ answer.label }}</th><td class="n">{{ answer.count }}</td><td class="n">{{ answer.share }}</td><td class="meter-cell" aria-hidden="true"><div class="meter" style="width:{{ "{:.1}"|format(answer.width) }}%"></div></td></tr>
{% endfor %}</tbody>
</table>{% endif %}
{% if !latencies.is_empty() %}<h3>Time to an answer</h3>
<table>
<thead><tr><th scope="col">of the requests</th><th scope="col" class="n">at most</th></tr></thead>
<tbody>
{% for (label, latency) in latencies %}<tr><th scope="row">{{ label }}</th><td class="n">{{ latency }}</td></tr>
{% endfor %}</tbody>
</table>{% endif %}
</section>

<section aria-labelledby="run">
<h2 id="run">The run</h2>
<dl class="facts">
<dt>run</dt><dd><code>{{ report.run }}</code></dd>
<dt>host</dt><dd>{{ report.target.host }}</dd>
<dt>account</dt><dd>{{ report.target.account }}</dd>
<dt>stream</dt><dd>{{ report.target.stream }}</dd>
{% if !report.target.client_id.is_empty() %}<dt>client</dt><dd>{{ report.target.client_id }}</dd>{% endif %}
<dt>from</dt><dd><time datetime="{{ report.started_at }}">{{ numbers::moment(report.started_at) }}</time></dd>
<dt>to</dt><dd><time datetime="{{ report.finished_at }}">{{ numbers::moment(report.finished_at) }}</time></dd>
<dt>by</dt><dd>{{ report.by }}</dd>
</dl>
<h3>Input</h3>
<div class="wide" tabindex="0" role="group" aria-label="Table of input files"><table>
<thead><tr><th scope="col">file, SHA-256</th><th scope="col" class="n">read</th></tr></thead>
<tbody>
{% for (file, rows, hash) in input %}<tr><td class="any">{{ file }}<br><code class="soft">{{ hash }}</code></td><td class="n">{{ rows }}</td></tr>
{% endfor %}{% if more_input > 0 %}<tr><td colspan="2">and {{ more_input }} more, see report.json</td></tr>{% endif %}</tbody>
</table></div>
{% if !report.settings.is_empty() %}<h3>Settings</h3>
<dl class="facts">
{% for (key, value) in report.settings.iter().take(60) %}<dt>{{ key }}</dt><dd>{{ value }}</dd>
{% endfor %}</dl>{% endif %}
{% if !files.is_empty() %}<h3>Files</h3>
<p>In <code>{{ report.dir.display() }}</code>:</p>
<dl class="facts">
{% for (file, holds) in files %}<dt><a href="./{{ file }}">{{ file }}</a></dt><dd>{{ holds }}</dd>
{% endfor %}</dl>{% endif %}
</section>
</main>
<footer><p>This page holds no more than it shows: no script, nothing from the network. In <a href="./report.json">report.json</a> is every record that was sent, rejected or skipped{% if unsent %}; those that were not sent are in their own file, above{% endif %}.</p></footer>
</body>
</html>
"#
)]
pub(super) struct Page<'a> {
    pub(super) report: &'a HtmlReport,
    pub(super) verdict: String,
    pub(super) tone: &'static str,
    pub(super) code: u8,
    pub(super) ways_on: Vec<WayOn>,
    pub(super) notes: Vec<String>,
    pub(super) bar: Vec<Slice>,
    pub(super) read: String,
    pub(super) clusters: Vec<Shown>,
    pub(super) chart: Option<RateChart>,
    pub(super) figures: Vec<(&'static str, String)>,
    pub(super) latencies: Vec<(&'static str, String)>,
    pub(super) answers: Vec<Answer>,
    pub(super) input: Vec<(String, String, &'a str)>,
    pub(super) more_input: usize,
    /// Name and what it holds.
    pub(super) files: Vec<(String, &'static str)>,
    /// Whether records were left unsent.
    pub(super) unsent: bool,
}

/// One row of the table of reasons.
pub(super) struct Shown {
    pub(super) outcome: Outcome,
    pub(super) rows: String,
    pub(super) reason: String,
    pub(super) places: String,
}

/// One row of the table of answers.
pub(super) struct Answer {
    pub(super) label: String,
    pub(super) count: String,
    pub(super) share: String,
    pub(super) width: f64,
}
