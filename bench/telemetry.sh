# What the measurements of the telemetry sidecar share: one of it at a time, whose files are counted and
# cleared away while it writes them, a client, the ledger, a table. Sourced after common.sh.

wrong() { # a count is not what it must be: the script goes on, and fails in the end
  echo "WRONG: $*" | tee -a "$work/wrong"
}

fresh() { # nothing runs, nothing was sent
  stop_all
  rm -rf "$work/data" "$work/files" "$work/more" "$work/postgresql"
  mkdir "$work/files"
  swept=0 total=0 tcp_port=auto patience=120
}

# One backend of files whose full ones are put aside, so that they can be counted and deleted.
files_yaml() { # more keys of the files, more backends, more rules for all
  cat <<YAML
tcp: {port: $tcp_port, max_connections: 1200}
admin: {port: auto}
buffers: {flush_interval: 100ms}
hot_reload: {enabled: false}
backends:
  files: {type: filesystem, config: {base_path: $work/files, rotate_daily: false, rotate_size_mb: 64${1:-}}}
${2:-}
routing: {default: [{backend: files}]}
global: [${3:-}]
YAML
}

postgresql_yaml() { # settings of the spool
  cat <<YAML
tcp: {port: $tcp_port}
admin: {port: auto}
buffers: {flush_interval: 100ms}
hot_reload: {enabled: false}
spool: {${1:-}}
backends: {pg: {type: postgresql, config: {connection_string: "postgresql://postgres@127.0.0.1:$database_port/postgres"}}}
routing: {default: [{backend: pg}]}
YAML
}

start_sidecar() { # its file on standard input: sets sidecar, sidecar_port, admin
  cat > "$work/sidecar.yaml"
  rm -f "$work/data/ports.json"
  : > "$work/sidecar.log"
  bin/leasehold telemetry run "$work/sidecar.yaml" --data-dir "$work/data" >> "$work/sidecar.log" 2>&1 &
  sidecar=$!
  pids+=("$sidecar")
  until grep -q 'info: ready' "$work/sidecar.log"; do
    kill -0 "$sidecar" 2>/dev/null || { cat "$work/sidecar.log"; exit 1; }
    sleep 0.05
  done
  sidecar_port=$(port_of "$work/data" telemetry)
  admin=http://127.0.0.1:$(port_of "$work/data" telemetry-admin)
}

metrics() {
  curl -fsS "$admin/metrics"
}

figure() { # name, part of the labels: the sum
  metrics | awk -v name="$1" -v part="${2:-}" \
    '($1 == name || index($1, name "{") == 1) && index($1, part) {sum += $2} END {printf "%.0f\n", sum}'
}

quantile() { # buckets before and after, which: milliseconds, by a straight line within a bucket
  awk -v q="$3" '
    {match($1, /le="[^"]*"/); le = substr($1, RSTART + 4, RLENGTH - 5)}
    NR == FNR {before[le] = $2; next}
    {bound[++n] = le; seen[n] = $2 - before[le]}
    END {
      bound[0] = seen[0] = 0
      want = q * seen[n]
      for (i = 1; i < n && seen[i] < want; i++);
      share = seen[i] > seen[i - 1] ? (want - seen[i - 1]) / (seen[i] - seen[i - 1]) : 0
      top = bound[i] == "+Inf" ? bound[i - 1] : bound[i]
      print 1000 * (bound[i - 1] + (top - bound[i - 1]) * share)
    }' "$1" "$2"
}

ledger() { # received:1 fanout:0 ...
  curl -fsS "$admin/status" | sed 's/.*"ledger":{\([^}]*\)}.*/\1/; s/"//g; s/,/ /g'
}

term() { # which: of the ledger in $book
  sed -n "s/.*\b$1:\(-\{0,1\}[0-9]*\).*/\1/p" <<< "$book"
}

settle() { # lines that came since its start, how many of them it drops: waits until nothing moves
  local since=$SECONDS
  book=$(ledger)
  until [ "$(term received)" -ge "$1" ] && [ "$(term in_flight)" = 0 ]; do
    [ $((SECONDS - since)) -lt "$patience" ] || break
    sleep 0.1
    book=$(ledger)
  done
  [ "$(term received)" = "$1" ] || wrong "$1 lines were sent: $book"
  [ "$(term in_flight)" = 0 ] || wrong "something is stuck: $book"
  [ "$(term dropped)" = "${2:-0}" ] || wrong "${2:-0} are dropped: $book"
  [ "$(term dead_lettered)" = 0 ] || wrong "there are dead letters: $book"
  [ "$(term imbalance)" = 0 ] || wrong "the ledger is not exact: $book"
  [ "$(figure sidecar_ledger_imbalance)" = 0 ] || wrong "sidecar_ledger_imbalance is not 0: $book"
}

sweep() { # counts full files of the client, and deletes them
  local file
  for file in "$work"/files/bench-*~*.jsonl; do
    [ -e "$file" ] || continue
    swept=$((swept + $(stat -c %s "$file") / 199))
    rm "$file"
  done
}

check_files() { # how many lines there must be
  sweep
  local found
  found=$((swept + $(cat "$work"/files/*.jsonl | wc -l)))
  [ "$found" = "$1" ] || wrong "$found lines are in the files, not $1"
}

beat() { # again and again while a client sends
  sweep
  sleep 0.2
}

depart() { # arguments of the client
  "$work/telemetry-client" "$sidecar_port" "$@" > "$work/said" 2> "$work/complaint" &
  client=$!
  pids+=("$client")
}

arrive() { # waits for the client, whose lines are counted into $total
  while kill -0 "$client" 2>/dev/null; do beat; done
  wait "$client" || wrong "the client: $(cat "$work/complaint")"
  gone "$client"
  [ -s "$work/said" ] || { tail -n 20 "$work/sidecar.log"; exit 1; }
  total=$((total + $(said sent)))
}

drive() {
  depart "$@"
  arrive
}

said() { # what: of the last line of the client
  sed "s/.*\b$1=\([0-9.]*\).*/\1/" "$work/said"
}

row() { # what, comparison, bound, unit; figures on standard input: a line of the table
  sort -n | awk -v what="$1" -v op="$2" -v bound="$3" -v unit="$4" '
    function text(v) {return sprintf(v >= 1000 ? "%.0f" : "%.2f", v)}
    {v[NR] = $1}
    END {
      middle = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
      worst = op == ">=" ? v[1] : v[NR]
      met = op == ">=" ? middle >= bound : op == "<" ? middle < bound : middle <= bound
      verdict = op == "-" ? "" : met ? "met" : "missed"
      printf "%-54s %13s %10s %10s %-7s %s\n", what, op == "-" ? "" : op " " bound, text(middle), text(worst), unit, verdict
    }' | tee -a "$work/table"
}
