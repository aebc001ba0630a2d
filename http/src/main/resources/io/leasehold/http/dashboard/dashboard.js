// The dashboard of Leasehold. Text of keys, owners and messages goes in as text nodes only: nothing
// here makes markup out of data.
(() => {
  "use strict";

  const SILENCE_MS = 10_000; // no sign of the stream for so long: ask for pictures instead
  const POLL_MS = 30_000;
  const RETRY_MS = 5_000;
  const CHART_MS = 15 * 60_000;
  const SLOW_MS = 15_000; // metrics change slowly for an eye
  const MAX_METRIC_ROWS = 400;
  const THEMES = ["system", "light", "dark"];
  const SVG = "http://www.w3.org/2000/svg";

  // ---------------------------------------------------------------- theme, before the first paint
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let theme = THEMES.includes(stored(localStorage, "leasehold.theme"))
    ? stored(localStorage, "leasehold.theme")
    : "system";

  function stored(storage, name) {
    try {
      return storage.getItem(name);
    } catch (refused) {
      return null; // a browser that keeps nothing still shows the page
    }
  }

  function store(storage, name, value) {
    try {
      storage.setItem(name, value);
    } catch (refused) {
      // as above
    }
  }

  function applyTheme() {
    const shown = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    document.documentElement.dataset.theme = shown;
  }

  applyTheme();

  // ---------------------------------------------------------------- small helpers
  const $ = (id) => document.getElementById(id);
  const control = (name) => document.querySelector(`[data-testid="${name}"]`);

  function el(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    const use = document.createElementNS(SVG, "use");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  }

  // Touches the page only where something has changed: focus, selection and screen readers stay.
  function say(element, text) {
    const shown = String(text);
    if (element.textContent !== shown) element.textContent = shown;
  }

  function style(element, className) {
    if (element.className !== className) element.className = className;
  }

  function show(element, visible) {
    if (element.hidden === visible) element.hidden = !visible;
  }

  // One element per item, kept over updates by the item's key.
  function keyed(container, items, keyOf, create, update) {
    const known = container.known || (container.known = new Map());
    const wanted = new Map();
    for (const item of items) wanted.set(keyOf(item), item);
    for (const [key, element] of known) {
      if (!wanted.has(key)) {
        element.remove(); // before the others are put in order: an element that moves loses focus
        known.delete(key);
      }
    }
    let place = container.firstChild;
    for (const [key, item] of wanted) {
      let element = known.get(key);
      if (!element) {
        element = create(item);
        known.set(key, element);
      }
      update(element, item);
      if (element === place) {
        place = place.nextSibling;
      } else {
        container.insertBefore(element, place);
      }
    }
  }

  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
  const two = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

  function rate(value) {
    if (value === null || value === undefined) return "–";
    return value >= 100 ? whole.format(value) : one.format(value);
  }

  function millis(value) {
    if (value === null || value === undefined) return "–";
    if (value >= 1_000) return `${two.format(value / 1_000)} s`;
    return value >= 100 ? `${whole.format(value)} ms` : `${two.format(value)} ms`;
  }

  function bytes(value) {
    if (value === null || value === undefined) return "–";
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let rest = value;
    let unit = 0;
    while (rest >= 1_024 && unit < units.length - 1) {
      rest /= 1_024;
      unit++;
    }
    return `${unit === 0 || rest >= 100 ? whole.format(rest) : one.format(rest)} ${units[unit]}`;
  }

  const padded = (value) => String(value).padStart(2, "0");

  function left(ms) {
    if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
    return span(Math.round(ms / 1_000));
  }

  function span(seconds) {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${padded(seconds % 60)}s`;
    if (seconds < 86_400) {
      return `${Math.floor(seconds / 3_600)}h ${padded(Math.floor((seconds % 3_600) / 60))}m`;
    }
    return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3_600)}h`;
  }

  const counted = (count, noun) => `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;

  // ---------------------------------------------------------------- asking the server
  let key = stored(sessionStorage, "leasehold.key");
  let keyAsked = null;

  function askForKey(wasWrong) {
    if (!keyAsked) {
      keyAsked = new Promise((resolve) => {
        const dialog = $("key-dialog");
        if (wasWrong) {
          say($("key-text"), "This key does not open the figures of this node. Try another one.");
        }
        $("key-input").value = "";
        dialog.showModal();
        dialog.addEventListener(
          "close",
          () => {
            key = $("key-input").value.trim() || null;
            if (key) store(sessionStorage, "leasehold.key", key);
            keyAsked = null;
            resolve();
          },
          { once: true },
        );
      });
    }
    return keyAsked;
  }

  async function ask(path, options = {}) {
    for (;;) {
      const used = key;
      const headers = { ...options.headers };
      if (used) headers.Authorization = `Bearer ${used}`;
      const response = await fetch(path, { ...options, headers, cache: "no-store" });
      const refused = response.status === 401 || (response.status === 403 && !options.method);
      if (!refused) return response;
      if (key === used) await askForKey(Boolean(used));
    }
  }

  async function json(path) {
    const response = await ask(path);
    if (!response.ok && response.status !== 503) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  // ---------------------------------------------------------------- the stream and what stands in
  let snapshot = null;
  let receivedAt = 0;
  let lastSign = performance.now();
  let streaming = null;
  let nextStream = 0;
  let nextPoll = Infinity;
  let polling = false;
  let failed = false;

  async function stream() {
    const abort = new AbortController();
    streaming = abort;
    try {
      const response = await ask("/dashboard/events", { signal: abort.signal });
      if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        lastSign = performance.now();
        text += value;
        let end = text.indexOf("\n\n");
        while (end >= 0) {
          take(text.slice(0, end));
          text = text.slice(end + 2);
          end = text.indexOf("\n\n");
        }
      }
    } catch (broken) {
      // tried again below; the bar on top says what is the matter meanwhile
    }
    if (streaming === abort) {
      streaming = null;
      nextStream = performance.now() + RETRY_MS;
    }
  }

  function take(block) {
    let event = "message";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("event: ")) event = line.slice(7);
      if (line.startsWith("data: ")) data += line.slice(6);
    }
    if (event === "snapshot" && data) {
      polling = false;
      nextPoll = Infinity;
      failed = false;
      receive(JSON.parse(data));
    }
  }

  async function poll() {
    try {
      const response = await ask("/dashboard/api/snapshot");
      if (!response.ok) throw new Error(`snapshot: ${response.status}`);
      failed = false;
      receive(await response.json());
    } catch (broken) {
      failed = true;
    }
    showConnection();
  }

  function watchOver() {
    const now = performance.now();
    if (now - lastSign > SILENCE_MS && !polling && !keyAsked) {
      polling = true;
      if (streaming) streaming.abort();
      streaming = null;
      nextStream = now + RETRY_MS;
      nextPoll = now;
    }
    if (polling && now >= nextPoll) {
      nextPoll = now + POLL_MS;
      poll();
    }
    if (!streaming && now >= nextStream && !keyAsked) {
      nextStream = Infinity;
      stream();
    }
    // a stream that opens and stays silent must not keep others from being tried
    if (polling && streaming && now - lastSign > 2 * SILENCE_MS) {
      lastSign = now - SILENCE_MS;
      streaming.abort();
      streaming = null;
      nextStream = now + RETRY_MS;
    }
    showConnection();
    showAge();
  }

  function showConnection() {
    const state = !snapshot && !polling ? "connecting" : failed ? "offline" : polling ? "polling" : "live";
    const words = {
      connecting: "Connecting",
      live: "Live",
      polling: "Polling every 30 s",
      offline: "No answer, trying again",
    };
    const connection = control("connection");
    if (connection.dataset.state !== state) connection.dataset.state = state;
    say(connection, words[state]);
    const missing = snapshot ? snapshot.nodes_missing : [];
    const lines = [];
    if (state === "polling") lines.push("The live stream is interrupted: the figures are fetched every 30 s until it is back.");
    if (state === "offline") lines.push("The server does not answer: what is shown is old.");
    if (missing.length) lines.push(`No answer from ${missing.join(", ")}: its figures are left out.`);
    say($("banner"), lines.join(" "));
    show($("banner"), lines.length > 0);
  }

  function showAge() {
    const age = Math.floor((performance.now() - receivedAt) / 1_000);
    say(
      control("updated"),
      !snapshot ? "Last updated: never" : age < 1 ? "Last updated: now" : `Last updated: ${span(age)} ago`,
    );
  }

  // ---------------------------------------------------------------- drawing a picture
  function receive(picture) {
    snapshot = picture;
    receivedAt = performance.now();
    const parts = [drawHead, drawHealth, drawSystem, drawAlerts, drawLocks, drawStore, drawTelemetry, drawGateway, drawCluster];
    for (const draw of parts) {
      try {
        draw(picture);
      } catch (broken) {
        console.error(draw.name, broken); // the other parts are still right
      }
    }
    showConnection();
    showAge();
    updateCharts();
  }

  function drawHead(picture) {
    say($("node"), picture.node);
    say($("foot-version"), picture.version);
    const critical = picture.alerts.filter((each) => each.level === "critical").length;
    const status = picture.health.status || "unknown";
    const title = "Leasehold Monitoring Dashboard";
    const wanted = status === "healthy" && !critical ? title : `${critical ? `(${critical}) ` : ""}${status} · ${title}`;
    if (document.title !== wanted) document.title = wanted;
  }

  const RANK = { unhealthy: 0, degraded: 1, healthy: 2 };

  function drawHealth(picture) {
    const health = picture.health;
    const badge = $("health-badge");
    if (badge.dataset.status !== health.status) {
      badge.dataset.status = health.status;
      badge.className = `badge health-${health.status}`;
      badge.replaceChildren(icon(health.status), el("span", "", health.status));
    }
    const sums = health.summary;
    const words = [`${sums.healthy} of ${sums.total} healthy`];
    if (sums.degraded) words.push(`${sums.degraded} degraded`);
    if (sums.unhealthy) words.push(`${sums.unhealthy} unhealthy`);
    say($("health-counts"), words.join(", "));
    const checks = Object.values(health.checks);
    checks.sort((a, b) => RANK[a.status] - RANK[b.status] || a.name.localeCompare(b.name));
    show($("components-empty"), checks.length === 0);
    say($("components-empty"), "no checks run: health.enabled is off");
    keyed(
      $("components"),
      checks,
      (check) => check.name,
      (check) => {
        const row = el("li", "component");
        row.parts = {
          mark: el("span", "mark"),
          name: el("span", "name", check.name.replaceAll("_", " ")),
          state: el("span", "state"),
          message: el("span", "message"),
          time: el("span", "time"),
        };
        row.append(row.parts.mark, row.parts.name, row.parts.state, row.parts.message, row.parts.time);
        return row;
      },
      (row, check) => {
        if (row.dataset.status !== check.status) {
          row.dataset.status = check.status;
          row.parts.mark.replaceChildren(icon(check.status));
          style(row.parts.mark, `mark health-${check.status}`);
          style(row.parts.state, `state health-${check.status}`);
          say(row.parts.state, check.status);
        }
        say(row.parts.message, check.message);
        say(row.parts.time, `${check.duration_ms} ms`);
        const at = new Date(check.timestamp).toLocaleTimeString([], { hour12: false });
        if (row.title !== `checked at ${at}`) row.title = `checked at ${at}`;
      },
    );
  }

  function figure(id, value, unit) {
    const element = $(id);
    const text = unit ? `${value}\u00a0${unit}` : value;
    if (element.dataset.text === text) return;
    element.dataset.text = text;
    element.replaceChildren(document.createTextNode(value));
    if (unit) element.append(el("span", "unit", unit));
  }

  function drawSystem(picture) {
    const system = picture.system;
    const share = system.max_mb ? (100 * system.memory_mb) / system.max_mb : 0;
    figure("heap", `${whole.format(system.memory_mb)}`, `of ${whole.format(system.max_mb)} MiB`);
    $("heap-meter").value = share;
    style($("heap-meter"), share > 92 ? "full" : share > 80 ? "high" : "");
    figure("cpu", one.format(system.cpu_percent), "%");
    figure("threads", whole.format(system.threads));
    figure("uptime", span(system.uptime_seconds));
    figure("version", picture.version);
  }

  function alertRow() {
    const row = el("li", "alert");
    row.parts = {
      level: el("span", "level"),
      what: el("span", "what"),
      since: el("span", "since"),
      why: el("span", "why"),
      where: el("span", "where"),
      title: el("span"),
      name: el("code"),
    };
    row.parts.what.append(row.parts.title, row.parts.name);
    row.append(row.parts.level, row.parts.what, row.parts.since, row.parts.why, row.parts.where);
    return row;
  }

  function fillAlert(row, alert) {
    const ended = Boolean(alert.resolved_at);
    style(row.parts.level, `level level-${ended ? "ended" : alert.level}`);
    say(row.parts.level, ended ? "ended" : alert.level);
    say(row.parts.title, alert.title);
    say(row.parts.name, alert.name);
    const labels = Object.entries(alert.labels || {}).map(([name, value]) => `${name} = ${value}`);
    const about = alert.source === "health_check" ? [] : labels;
    say(row.parts.why, [alert.description, ...about].join(" · "));
    say(row.parts.where, alert.node);
    const from = Date.parse(ended ? alert.resolved_at : alert.timestamp);
    const age = Math.max(0, Math.round((Date.parse(snapshot.timestamp) - from) / 1_000));
    say(row.parts.since, `${ended ? "" : "for "}${span(age)}${ended ? " ago" : ""}`);
  }

  const alertKey = (alert) =>
    [alert.node, alert.name, JSON.stringify(alert.labels || {}), alert.resolved_at || ""].join("\n");

  function drawAlerts(picture) {
    const alerts = picture.alerts;
    const critical = alerts.filter((each) => each.level === "critical").length;
    const words = [];
    if (critical) words.push(`${critical} critical`);
    if (alerts.length > critical) words.push(counted(alerts.length - critical, "warning"));
    say($("alert-counts"), words.join(", "));
    show($("alerts-empty"), alerts.length === 0);
    keyed($("alert-list"), alerts, alertKey, alertRow, fillAlert);
    if ($("resolved").open) drawResolved();
  }

  async function drawResolved() {
    try {
      const answer = await json("/dashboard/api/alerts");
      show($("resolved-empty"), answer.resolved.length === 0);
      keyed($("resolved-list"), answer.resolved, alertKey, alertRow, fillAlert);
    } catch (broken) {
      // the next picture brings the next try
    }
  }

  // ---------------------------------------------------------------- locks
  let searched = null;
  let searching = false;

  function matching(rows) {
    const prefix = $("lock-filter").value;
    return prefix ? rows.filter((row) => row.key.startsWith(prefix)) : rows;
  }

  // A picture holds 200 keys at most: with a prefix and more keys than that the server looks.
  async function search() {
    const prefix = $("lock-filter").value;
    const complete = snapshot && snapshot.locks.rows.length < 200;
    if (!prefix || complete || searching) {
      if (!prefix || complete) searched = null;
      return;
    }
    searching = true;
    try {
      const found = await json(`/api/v1/locks?limit=200&prefix=${encodeURIComponent(prefix)}`);
      if (found.locks) searched = { prefix, at: performance.now(), rows: found.locks.map((row) => ({ ...row, queue: [] })) };
    } catch (broken) {
      searched = null;
    } finally {
      searching = false;
    }
    if ($("lock-filter").value !== prefix) {
      search();
    }
    drawLockRows();
  }

  function drawLocks(picture) {
    const locks = picture.locks;
    figure("locks-held", whole.format(locks.held));
    figure("locks-waiting", whole.format(locks.waiting));
    figure("locks-rate", rate(locks.per_second));
    figure("locks-p95", millis(locks.p95_ms));
    document.querySelector(".lock-table").classList.toggle("admin", picture.admin);
    drawLockRows();
    if ($("lock-filter").value) search();
  }

  function drawLockRows() {
    if (!snapshot) return;
    const prefix = $("lock-filter").value;
    const bySearch = searched && searched.prefix === prefix;
    const rows = bySearch ? searched.rows : matching(snapshot.locks.rows);
    const at = bySearch ? searched.at : receivedAt;
    keyed($("lock-rows"), rows, (row) => row.key, lockRow, (element, row) => fillLock(element, row, at));
    show(document.querySelector(".lock-table"), rows.length > 0);
    show($("locks-empty"), rows.length === 0);
    say($("locks-empty"), prefix ? "no lock with this prefix is held" : "no locks held");
    const note =
      rows.length >= 200
        ? "The first 200 keys are shown, the longest queues first. A prefix finds the others."
        : "";
    say($("locks-note"), note);
    show($("locks-note"), Boolean(note));
    countDown();
  }

  // What a cell holds; on a phone its label stands before it.
  function cell(className, label) {
    const td = el("td", className);
    const box = el("div");
    td.dataset.label = label;
    td.append(box);
    box.td = td;
    return box;
  }

  function lockRow(row) {
    const tr = el("tr");
    tr.dataset.testid = "lock-row";
    tr.parts = {
      key: cell("mono", "Key"),
      owner: cell("mono", "Owner"),
      token: cell("num mono", "Token"),
      left: cell("num", "Time left"),
      queue: cell("queue", "Queue"),
      act: cell("act", "Action"),
      name: el("span", "", row.key),
      tag: el("span", "tag"),
    };
    tr.parts.key.append(tr.parts.name, tr.parts.tag);
    const { key: name, owner, token: number, left: time, queue, act } = tr.parts;
    tr.append(name.td, owner.td, number.td, time.td, queue.td, act.td);
    return tr;
  }

  function fillLock(tr, row, at) {
    const held = row.holders > 0;
    const tags = [];
    if (row.mode === "shared") tags.push("shared");
    if (row.limit > 1) tags.push(`${row.holders} of ${row.limit} permits`);
    else if (row.holders > 1) tags.push(counted(row.holders, "holder"));
    say(tr.parts.tag, tags.join(", "));
    show(tr.parts.tag, tags.length > 0);
    say(tr.parts.owner, held ? row.owner : "nobody yet");
    say(tr.parts.token, held && row.token ? row.token : "–"); // 0: its commit is under way
    tr.deadline = held ? at + row.ttl_ms : null;
    fillQueue(tr.parts.queue, row);
    tr.row = row;
    const offered = snapshot.admin && held && row.token > 0;
    if (offered && !tr.parts.button) {
      tr.parts.button = el("button", "button small danger", "Force release");
      tr.parts.button.type = "button";
      tr.parts.button.dataset.testid = "force-release";
      tr.parts.button.addEventListener("click", () => openForce(tr.row));
      tr.parts.act.append(tr.parts.button);
    } else if (!offered && tr.parts.button) {
      tr.parts.button.remove();
      tr.parts.button = null;
    }
  }

  function fillQueue(box, row) {
    const names = row.queue.slice(0, 1).map((each) => each.owner);
    const text = row.waiters ? `${row.waiters}|${names.join(", ")}` : "";
    if (box.dataset.text === text) return;
    box.dataset.text = text;
    box.title = row.queue.map((each) => `${each.position}. ${each.owner}, ${left(each.waited_ms)}`).join("\n");
    box.replaceChildren();
    if (!row.waiters) {
      box.append(el("span", "", "–"));
      return;
    }
    const more = row.waiters > names.length && names.length ? ", …" : "";
    box.append(el("b", "", whole.format(row.waiters)), el("span", "", ` waiting${names.length ? `: ${names.join(", ")}${more}` : ""}`));
  }

  function countDown() {
    const now = performance.now();
    for (const tr of $("lock-rows").children) {
      if (tr.deadline === null) {
        say(tr.parts.left, "–");
      } else {
        const ms = tr.deadline - now;
        say(tr.parts.left, left(ms));
        style(tr.parts.left, ms < 5_000 ? "ending" : "");
      }
    }
  }

  let forcing = null;

  function openForce(row) {
    forcing = row;
    say($("force-key"), row.key);
    say($("force-owner"), row.owner);
    say($("force-token"), row.token);
    show($("force-all-field"), row.holders > 1);
    say($("force-all-text"), `All ${row.holders} holders, not only this one`);
    $("force-all").checked = false;
    $("force-reason").value = "";
    $("force-confirm").checked = false;
    show($("force-error"), false);
    checkForce();
    $("force-dialog").showModal();
    $("force-reason").focus();
  }

  function checkForce() {
    $("force-submit").disabled = !($("force-reason").value.trim() && $("force-confirm").checked);
  }

  async function force(event) {
    event.preventDefault();
    if ($("force-submit").disabled) return;
    const row = forcing;
    const body = { key: row.key, reason: $("force-reason").value.trim() };
    if (!$("force-all").checked) body.token = row.token;
    $("force-submit").disabled = true;
    const refusals = {
      not_held: "Nobody holds this key any more.",
      stale_token: "Somebody else holds this key by now. Look at it again.",
    };
    try {
      const response = await ask("/api/v1/locks/force-release", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (answer.success) {
        const whom = answer.released.map((each) => `${each.owner} (token ${each.token})`).join(", ");
        $("force-dialog").close();
        outcome($("force-outcome"), `${row.key}: released from ${whom}.`, false);
        poll();
      } else {
        outcome($("force-error"), refusals[answer.reason] || answer.message || "It was refused.", true);
      }
    } catch (broken) {
      outcome($("force-error"), "The server did not answer: it is not known whether it was released.", true);
    }
    checkForce();
  }

  function outcome(element, text, isBad) {
    say(element, text);
    style(element, isBad ? "outcome bad" : "outcome");
    show(element, true);
  }

  // ---------------------------------------------------------------- the other parts
  function drawStore(picture) {
    const kv = picture.kv;
    show($("kv-stats"), kv.running);
    show($("kv-empty"), !kv.running);
    figure("kv-keys", whole.format(kv.total_keys));
    figure("kv-size", bytes(kv.total_size));
    figure("kv-rate", rate(kv.per_second));
    figure("kv-p95", millis(kv.p95_ms));
    figure("kv-watchers", whole.format(kv.watchers));
    figure("kv-shards", kv.shards === undefined ? "–" : whole.format(kv.shards), kv.shards_missing ? `${kv.shards_missing} silent` : "");
  }

  const BREAKERS = {
    closed: ["healthy", "closed"],
    "half-open": ["degraded", "half-open"],
    open: ["unhealthy", "open"],
  };

  function drawTelemetry(picture) {
    const telemetry = picture.telemetry;
    show($("telemetry-running"), telemetry.running);
    show($("telemetry-empty"), !telemetry.running);
    if (!telemetry.running) {
      say($("telemetry-counts"), "");
      return;
    }
    const down = telemetry.backends.filter((each) => each.state !== "closed").length;
    say($("telemetry-counts"), counted(telemetry.backends.length, "backend") + (down ? `, ${down} cut off` : ""));
    figure("tel-received", rate(telemetry.received_per_second));
    figure("tel-delivered", rate(telemetry.delivered_per_second));
    figure("tel-dropped", rate(telemetry.dropped_per_second));
    figure("tel-flight", whole.format(telemetry.in_flight));
    figure("tel-spool", telemetry.spool_percent === null ? "off" : `${telemetry.spool_percent} %`);
    const several = new Set(telemetry.backends.map((each) => each.node)).size > 1;
    show(document.querySelector(".backend-table"), telemetry.backends.length > 0);
    show($("backends-empty"), telemetry.backends.length === 0);
    keyed($("backends"), telemetry.backends, (each) => `${each.node} ${each.name}`, backendRow, (tr, each) => {
      const [look, word] = BREAKERS[each.state] || ["unknown", each.state];
      say(tr.parts.name, each.name);
      say(tr.parts.where, [several ? each.node : "", each.active ? `now ${each.active}` : ""].filter(Boolean).join(", "));
      show(tr.parts.where, tr.parts.where.textContent !== "");
      say(tr.parts.why, each.last_error || "");
      show(tr.parts.why, Boolean(each.last_error));
      style(tr.parts.breaker, `breaker health-${look}`);
      if (tr.parts.look !== look) {
        tr.parts.breaker.replaceChildren(icon(look), tr.parts.word);
        tr.parts.look = look;
      }
      say(tr.parts.word, word);
      say(tr.parts.rate, rate(each.per_second));
      say(tr.parts.buffer, whole.format(each.buffer));
      say(tr.parts.lag, whole.format(each.lag));
      say(tr.parts.p99, millis(each.p99_ms));
    });
    show(document.querySelector(".drop-table"), telemetry.drops.length > 0);
    show($("drops-empty"), telemetry.drops.length === 0);
    keyed($("drops"), telemetry.drops, (each) => each.reason, dropRow, (tr, each) => {
      say(tr.parts.rate, rate(each.per_second));
      style(tr.parts.rate, each.per_second > 0 ? "health-degraded" : "");
      say(tr.parts.total, whole.format(each.total));
    });
    const slowest = telemetry.slowest || []; // a node of an older release has none
    show(document.querySelector(".trace-table"), slowest.length > 0);
    show($("slowest-empty"), slowest.length === 0);
    keyed($("slowest"), slowest, (each) => `${each.node} ${each.tid}`, traceRow, (tr, each) => {
      say(tr.parts.name, each.name || "(no root)");
      say(tr.parts.tid, each.tid);
      say(tr.parts.source, each.src);
      say(tr.parts.started, new Date(each.started).toLocaleTimeString());
      say(tr.parts.reason, ENDS[each.reason] || each.reason);
      say(tr.parts.spans, whole.format(each.spans));
      say(tr.parts.took, millis(each.duration_ms));
    });
  }

  const ENDS = {
    root_end: "its root",
    open_spans: "its root, spans are open",
    idle: "silence",
    max_age: "its age",
    too_big: "its size",
    overrun: "its root, messages are missing",
    shutdown: "a stop",
  };

  function traceRow() {
    const tr = el("tr");
    const trace = cell("", "Trace");
    tr.parts = {
      name: el("span", "mono"),
      tid: el("span", "tag"),
      source: cell("mono", "Source"),
      started: cell("", "Started"),
      reason: cell("", "Ended by"),
      spans: cell("num", "Spans"),
      took: cell("num", "Took"),
    };
    trace.append(tr.parts.name, tr.parts.tid);
    tr.append(trace.td, ...["source", "started", "reason", "spans", "took"].map((each) => tr.parts[each].td));
    return tr;
  }

  function backendRow() {
    const tr = el("tr");
    const name = cell("", "Backend");
    const breaker = cell("", "Breaker");
    tr.parts = {
      name: el("span", "mono"),
      where: el("span", "tag"),
      why: el("span", "why"),
      breaker: el("span", "breaker"),
      word: el("span"),
      rate: cell("num", "Delivered / s"),
      buffer: cell("num", "In flight"),
      lag: cell("num", "On disk"),
      p99: cell("num", "99th percentile"),
    };
    name.append(tr.parts.name, tr.parts.where, tr.parts.why);
    breaker.append(tr.parts.breaker);
    tr.append(name.td, breaker.td, tr.parts.rate.td, tr.parts.buffer.td, tr.parts.lag.td, tr.parts.p99.td);
    return tr;
  }

  function dropRow(each) {
    const tr = el("tr");
    const reason = cell("mono", "Reason");
    say(reason, each.reason);
    tr.parts = { rate: cell("num", "Per second"), total: cell("num", "In all") };
    tr.append(reason.td, tr.parts.rate.td, tr.parts.total.td);
    return tr;
  }

  const REASONS = {
    error: "error in the request, or of Redis",
    no_valid_key: "no valid key",
    not_allowed: "not allowed to the key",
    no_instance: "no such instance",
    too_large: "too large",
    rate_limit: "rate limit",
    bug: "bug",
    not_built: "not built",
    unavailable: "unavailable",
    timeout: "timeout",
    other: "other",
  };

  function drawGateway(picture) {
    const gateway = picture.gateway;
    show($("gateway-figures"), gateway.running);
    show($("gateway-empty"), !gateway.running || gateway.instances.length === 0);
    say($("gateway-empty"), gateway.running ? "no instances" : "the gateway is not running");
    figure("gateway-requests", rate(gateway.requests_per_second));
    figure("gateway-rate", rate(gateway.commands_per_second));
    figure("gateway-p95", millis(gateway.p95_ms));
    figure("gateway-errors", rate(gateway.errors_per_second));
    figure("gateway-keys", gateway.api_keys === undefined ? "–" : whole.format(gateway.api_keys));
    figure("gateway-streams", whole.format(gateway.streams));
    const refused = Object.entries(gateway.refused_per_second).sort((one, other) => other[1] - one[1]);
    show($("refusals-empty"), refused.length === 0);
    pairs($("refusals"), refused, ([reason]) => reason, ([reason, value]) => [REASONS[reason] || reason, two.format(value)]);
    const more = (gateway.instances_total || 0) - gateway.instances.length;
    say($("instances-count"), more > 0 ? `the newest of ${whole.format(gateway.instances_total)}` : "");
    pairs($("instances"), gateway.instances, (each) => each.id, (each) => [each.name, `${each.type}, ${each.status}`]);
  }

  function pairs(list, items, keyOf, words) {
    keyed(
      list,
      items,
      keyOf,
      () => {
        const li = el("li");
        li.append(el("span"), el("span"));
        return li;
      },
      (li, item) => {
        const [name, state] = words(item);
        say(li.firstChild, name);
        say(li.lastChild, state);
      },
    );
  }

  function drawCluster(picture) {
    const members = picture.cluster.members;
    const away = members.filter((each) => !each.reachable).length;
    say($("cluster-counts"), counted(members.length, "member") + (away ? `, ${away} unreachable` : ""));
    show(document.querySelector(".member-table"), members.length > 0);
    show($("cluster-empty"), members.length === 0);
    keyed(
      $("members"),
      members,
      (member) => member.address,
      (member) => {
        const tr = el("tr");
        tr.parts = {
          address: cell("mono", "Member"),
          status: cell("", "Status"),
          partitions: cell("num", "Lock partitions"),
          shards: cell("num", "Store shards"),
          tag: el("span", "tag"),
        };
        tr.parts.address.append(el("span", "", member.address), tr.parts.tag);
        tr.append(tr.parts.address.td, tr.parts.status.td, tr.parts.partitions.td, tr.parts.shards.td);
        return tr;
      },
      (tr, member) => {
        const tags = [];
        if (member.leader) tags.push("leader");
        if (member.address === picture.node) tags.push("this node");
        say(tr.parts.tag, tags.join(", "));
        show(tr.parts.tag, tags.length > 0);
        say(tr.parts.status, member.reachable ? member.status : `${member.status}, unreachable`);
        style(tr.parts.status, member.reachable ? "" : "health-unhealthy");
        say(tr.parts.partitions, member.lock_partitions);
        say(tr.parts.shards, member.kv_shards);
      },
    );
  }

  // ---------------------------------------------------------------- metrics
  let families = null;

  async function updateMetrics() {
    try {
      families = await json("/dashboard/api/metrics");
      drawMetrics();
    } catch (broken) {
      // the next round brings the next try
    }
  }

  function drawMetrics() {
    if (!families) return;
    const words = $("metric-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [];
    let all = 0;
    for (const [name, family] of Object.entries(families)) {
      for (const series of family.series) {
        all++;
        const labels = Object.entries(series.labels).map(([label, value]) => `${label}=${value}`).join(", ");
        const text = `${name} ${labels}`.toLowerCase();
        if (words.every((word) => text.includes(word))) rows.push({ name, labels, family, series });
      }
    }
    const shown = rows.slice(0, MAX_METRIC_ROWS);
    say(
      $("metric-counts"),
      rows.length > shown.length
        ? `the first ${shown.length} of ${whole.format(rows.length)} series: filter to see others`
        : words.length
          ? `${whole.format(rows.length)} of ${whole.format(all)} series`
          : `${whole.format(all)} series`,
    );
    show($("metrics-empty"), rows.length === 0);
    say($("metrics-empty"), all ? "no metric matches" : "no metrics");
    show(document.querySelector(".metric-table"), rows.length > 0);
    keyed(
      $("metric-rows"),
      shown,
      (row) => `${row.name}{${row.labels}}`,
      (row) => {
        const tr = el("tr");
        tr.parts = { name: cell("mono", "Metric"), labels: cell("mono", "Labels"), value: cell("num", "Value") };
        tr.parts.name.append(el("span", "", row.name), el("span", "help", row.family.help));
        say(tr.parts.labels, row.labels);
        tr.append(tr.parts.name.td, tr.parts.labels.td, tr.parts.value.td);
        return tr;
      },
      (tr, row) => say(tr.parts.value, metricValue(row)),
    );
  }

  function metricValue(row) {
    const { value, sum } = row.series;
    if (sum === undefined) {
      return typeof value === "number" ? new Intl.NumberFormat("en", { maximumSignificantDigits: 12 }).format(value) : value === null ? "NaN" : value;
    }
    if (!value) return "0";
    const mean = sum / value;
    return `${whole.format(value)}, mean ${row.name.endsWith("_seconds") ? millis(mean * 1_000) : two.format(mean)}`;
  }

  // ---------------------------------------------------------------- charts
  const percent = (value) => `${two.format(value)} %`;
  const mebibytes = (value) => `${whole.format(value)} MiB`;
  const CHARTS = [
    { id: "requests", series: "requests_per_second", color: "--c1", format: rate },
    { id: "latency", series: "response_times", color: "--c2", format: millis },
    { id: "errors", series: "error_rates", color: "--c3", format: percent },
    { id: "locks", series: "active_locks", color: "--c1", format: (value) => whole.format(value), most: 4 },
    { id: "storage", series: "storage_size", color: "--c4", format: bytes, most: 4_096, binary: true },
    { id: "telemetry", series: "telemetry_per_second", color: "--c5", format: rate, empty: "not running" },
    { id: "memory", series: "memory_mb", color: "--c6", format: mebibytes },
  ];
  let charting = false;
  let chartsUntil = 0;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function clockTime(value) {
    const at = new Date(value);
    return `${padded(at.getHours())}:${padded(at.getMinutes())}`;
  }

  // Sizes are read in powers of two.
  function binaryTicks(axis) {
    const step = 2 ** Math.ceil(Math.log2(Math.max(axis.max, 4_096) / 4));
    axis.ticks = [0, 1, 2, 3, 4].map((each) => ({ value: each * step })).filter((tick) => tick.value <= axis.max);
  }

  function makeCharts() {
    for (const each of CHARTS) {
      each.points = [];
      each.chart = new Chart($(`chart-${each.id}`), {
        type: "line",
        data: { datasets: [{ data: each.points, borderWidth: 1.6, pointRadius: 0, pointHitRadius: 8, fill: "origin", cubicInterpolationMode: "monotone", spanGaps: 30_000 }] },
        options: {
          animation: false,
          parsing: false,
          normalized: true,
          responsive: true,
          maintainAspectRatio: false,
          interaction: { mode: "index", intersect: false },
          plugins: {
            legend: { display: false },
            tooltip: {
              displayColors: false,
              callbacks: {
                title: (items) => new Date(items[0].parsed.x).toLocaleTimeString([], { hour12: false }),
                label: (item) => each.format(item.parsed.y),
              },
            },
          },
          scales: {
            x: {
              type: "linear",
              border: { display: false },
              grid: { display: false },
              ticks: { stepSize: 300_000, maxRotation: 0, callback: clockTime, font: { size: 11 } },
              afterBuildTicks: (axis) => {
                const ticks = [];
                for (let at = Math.ceil(axis.min / 300_000) * 300_000; at <= axis.max; at += 300_000) ticks.push({ value: at });
                axis.ticks = ticks;
              },
            },
            y: {
              beginAtZero: true,
              suggestedMax: each.most || 1,
              border: { display: false },
              ticks: { maxTicksLimit: 4, padding: 6, callback: (value) => each.format(value), font: { size: 11 } },
              afterBuildTicks: each.binary ? binaryTicks : undefined,
            },
          },
        },
      });
    }
    colourCharts();
  }

  function colourCharts() {
    for (const each of CHARTS) {
      if (!each.chart) continue;
      const color = token(each.color);
      const set = each.chart.data.datasets[0];
      set.borderColor = color;
      set.backgroundColor = `${color}1f`;
      const { x, y } = each.chart.options.scales;
      x.ticks.color = token("--muted");
      y.ticks.color = token("--muted");
      y.grid = { color: token("--grid"), drawTicks: false };
      each.chart.update("none");
    }
  }

  async function updateCharts() {
    if (charting || !CHARTS[0].chart) return;
    charting = true;
    try {
      const answer = await json(`/dashboard/api/charts?since=${chartsUntil}`);
      let newest = chartsUntil;
      for (const each of CHARTS) {
        for (const point of answer[each.series]) {
          const x = Date.parse(point.time);
          each.points.push({ x, y: point.value });
          newest = Math.max(newest, x);
        }
      }
      chartsUntil = newest;
      for (const each of CHARTS) {
        while (each.points.length && each.points[0].x < newest - CHART_MS) each.points.shift();
        const x = each.chart.options.scales.x;
        x.max = newest || Date.now();
        x.min = x.max - CHART_MS;
        const last = each.points.length ? each.points[each.points.length - 1] : null;
        const fresh = last && newest - last.x < 15_000;
        say($(`now-${each.id}`), fresh ? each.format(last.y) : each.points.length ? "–" : each.empty || "–");
        each.chart.update("none");
      }
    } catch (broken) {
      // the next picture brings the next try
    } finally {
      charting = false;
    }
  }

  // ---------------------------------------------------------------- beginning
  function showTheme() {
    say($("theme-name"), theme);
    applyTheme();
    colourCharts();
  }

  async function refresh() {
    const button = control("refresh");
    button.disabled = true;
    try {
      await Promise.all([poll(), updateMetrics()]);
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    control("refresh").addEventListener("click", refresh);
    control("theme").addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
      store(localStorage, "leasehold.theme", theme);
      showTheme();
    });
    dark.addEventListener("change", showTheme);
    $("lock-filter").addEventListener("input", () => {
      drawLockRows();
      search();
    });
    $("metric-filter").addEventListener("input", drawMetrics);
    $("force-form").addEventListener("submit", force);
    $("force-reason").addEventListener("input", checkForce);
    $("force-confirm").addEventListener("change", checkForce);
    $("force-cancel").addEventListener("click", () => $("force-dialog").close());
    $("resolved").addEventListener("toggle", () => {
      if ($("resolved").open) drawResolved();
    });
    if (window.Chart) {
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      makeCharts();
    }
    showTheme();
    stream();
    updateMetrics();
    setInterval(watchOver, 1_000);
    setInterval(countDown, 200);
    setInterval(updateMetrics, SLOW_MS);
  });
})();
