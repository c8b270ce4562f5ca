//! The night as one page: no script, nothing from the network. Only text comes in; askama escapes all of it.

use askama::Template;

use super::{AccountNight, Ended, Night, Standing, shown};

/// The page.
pub(crate) fn page(night: &Night) -> String {
    let parts = Standing::ALL.map(|standing| {
        let of = |account: &&AccountNight| account.standing == standing;
        (standing, night.accounts.iter().filter(of).collect::<Vec<_>>())
    });
    let page = Page { sentence: night.sentence(), parts: &parts };
    page.render().expect("a template of texts renders")
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>korebulk: last night</title>
<style>
:root { color-scheme: light dark; --page: #f6f6f3; --card: #fff; --ink: #1c1d1f; --soft: #5b5f66; --line: #dddcd6; --good: #1f7a4d; --mixed: #9a6200; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --page: #15171a; --card: #1e2125; --ink: #e9e9e6; --soft: #a5a9b0; --line: #363a40; --good: #6fcf9c; --mixed: #f0b95a; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.1rem; margin: 0 0 .75rem; }
section { background: var(--card); border: 1px solid var(--line); border-left: .4rem solid var(--tone); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; overflow-x: auto; }
.bad { --tone: var(--bad); } .mixed { --tone: var(--mixed); } .good { --tone: var(--good); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } .n { text-align: right; white-space: nowrap; }
small, p { color: var(--soft); margin: 0; } small { display: block; }
</style>
</head>
<body>
<main>
<h1>Last night</h1>
<p>{{ sentence }}</p>
{% for (standing, accounts) in parts %}{% if !accounts.is_empty() %}<section class="{{ standing.tone() }}">
<h2>{{ standing.name() }}: {{ accounts.len() }}</h2>
<table>
<thead><tr><th>account</th><th>job</th><th class="n">exit</th><th class="n">succeeded</th><th class="n">failed</th><th class="n">rejected</th><th class="n">unknown</th><th class="n">unsent</th></tr></thead>
<tbody>
{% for account in accounts %}{% if account.jobs.is_empty() %}<tr><td>{{ account.name }}<small>{{ account.place() }}</small></td><td></td><td class="n"></td><td class="n"></td><td class="n"></td><td class="n"></td><td class="n"></td><td class="n"></td></tr>
{% endif %}{% for job in account.jobs %}<tr><td>{{ account.name }}<small>{{ account.place() }}</small></td><td>{{ job.job }}<small>{{ job.run.as_deref().unwrap_or_default() }}</small>{% if let Some(why) = self::why(job) %}<small>{{ why }}</small>{% endif %}</td><td class="n">{{ job.said() }}</td>{% for count in self::cells(job) %}<td class="n">{{ count }}</td>{% endfor %}</tr>
{% endfor %}{% endfor %}</tbody>
</table>
</section>
{% endif %}{% endfor %}</main>
</body>
</html>
"#
)]
struct Page<'a> {
    sentence: String,
    parts: &'a [(Standing, Vec<&'a AccountNight>)],
}

impl AccountNight {
    /// What is below its name: whatever of its id and host that does not say.
    fn place(&self) -> String {
        match self.name == self.account {
            true => self.host.clone(),
            false => format!("{}, {}", self.account, self.host),
        }
    }
}

impl Standing {
    const fn tone(self) -> &'static str {
        match self {
            Self::NeverBegan => "bad",
            Self::NeedsAPerson => "mixed",
            Self::Other => "good",
        }
    }
}

fn cells(job: &Ended) -> [String; 5] {
    shown(job.counts)
}

fn why(job: &Ended) -> Option<String> {
    let names = job.names();
    let before = job.run.as_ref().map_or(job.job.clone(), |run| format!("{}, {run}", job.job));
    names.strip_prefix(&before)?.strip_prefix(", ").map(str::to_owned)
}
