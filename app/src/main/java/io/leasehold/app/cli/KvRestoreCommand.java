package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.app.client.BackupLines;
import io.leasehold.app.client.KvClient;
import io.leasehold.domain.time.Clock;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv restore}. */
@Command(
    name = "restore",
    description = {
      "Puts the keys of a backup back, from a file or from standard input. The whole backup is",
      "checked before the first key is written. Entries past their deadline are left out; the",
      "others keep their times and get new versions. May be repeated. Needs a key with kv:admin",
      "where keys are needed."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv restore store.ndjson",
      "  gunzip < orders.ndjson.gz | leasehold kv restore --mode overwrite",
      "",
      "Exit codes: 0 restored; 1 refused, or the backup is damaged: nothing was changed; 2 wrong",
      "usage; 3 no server, or it ended half-way: repeat it."
    })
final class KvRestoreCommand extends KvAsking {
  /** What happens to what is there. */
  enum Mode {
    SKIP,
    OVERWRITE,
    REPLACE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT); // as it is written on the command line
    }
  }

  /** Counts what is sent. Used by one thread of the HTTP client at a time. */
  private static final class Counted extends FilterInputStream {
    private final BackupLines lines;
    private final Progress progress;

    Counted(InputStream in, BackupLines lines, Progress progress) {
      super(in);
      this.lines = lines;
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = in.read(bytes, from, length);
      if (read > 0) {
        lines.take(bytes, from, read);
        progress.moved();
      }
      return read;
    }
  }

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Default, or -: standard input.")
  private String file = "-";

  @Option(
      names = "--mode",
      defaultValue = "skip",
      description = {
        "skip: keys that exist stay as they are (default); overwrite: they are overwritten;",
        "replace: everything that is there goes first."
      })
  private Mode mode = Mode.SKIP;

  @Option(names = "--quiet", description = "No progress on the error output.")
  private boolean quiet;

  @Option(names = "--json", description = "Print the answer as it came.")
  private boolean json;

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    var lines = new BackupLines();
    var progress = new Progress(lines, Clock.system(), quiet);
    try (InputStream in = open()) {
      var body = BodyPublishers.ofInputStream(() -> new Counted(in, lines, progress));
      var answer =
          client.open(
              client
                  .request("/api/v1/restore?mode=" + mode)
                  .header("Content-Type", "application/x-ndjson")
                  .POST(sized(body)));
      byte[] text = answer.body().readAllBytes();
      int code = codeOf(answer.statusCode());
      if (code == 0) {
        progress.ended("sent");
      }
      if (json) {
        print(new String(text, StandardCharsets.UTF_8));
        return code;
      }
      if (code != 0) {
        return refused(answer.statusCode(), text);
      }
      JsonNode done = JSON.readTree(text);
      print(
          "restored %d, skipped %d, expired %d, total %d"
              .formatted(
                  done.path("restored").asLong(),
                  done.path("skipped").asLong(),
                  done.path("expired").asLong(),
                  done.path("total").asLong()));
      return 0;
    }
  }

  private InputStream open() {
    if (file.equals("-")) {
      return System.in;
    }
    try {
      return Files.newInputStream(Path.of(file));
    } catch (IOException e) {
      throw wrong(file + ": cannot be read (" + e.getMessage() + ")");
    }
  }

  /** With its length if that is known: the server can refuse what is too large at once. */
  private BodyPublisher sized(BodyPublisher body) throws IOException {
    Path path = Path.of(file);
    return file.equals("-") || !Files.isRegularFile(path) || Files.size(path) == 0
        ? body
        : BodyPublishers.fromPublisher(body, Files.size(path));
  }
}
