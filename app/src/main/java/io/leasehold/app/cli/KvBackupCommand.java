package io.leasehold.app.cli;

import io.leasehold.app.client.BackupLines;
import io.leasehold.app.client.KvClient;
import io.leasehold.domain.time.Clock;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kv backup}. */
@Command(
    name = "backup",
    description = {
      "Saves all keys to a file or to standard output, as lines of JSON, while the store is in",
      "use. No transaction is torn; different shards are saved at different instants. Checks",
      "what it has read against the checksum in the last line. Needs a key with kv:admin where",
      "keys are needed."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv backup store.ndjson",
      "  leasehold kv backup --prefix orders/ | gzip > orders.ndjson.gz",
      "",
      "Exit codes: 0 saved and whole; 1 refused; 2 wrong usage; 3 no server, or the backup is not",
      "whole: a FILE is left as it was then."
    })
final class KvBackupCommand extends KvAsking {
  private static final int CHUNK = 1 << 16;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "Default, or -: standard output.")
  private String file = "-";

  @Option(names = "--prefix", description = "Only keys that begin so.")
  private @Nullable String prefix;

  @Option(names = "--quiet", description = "No progress on the error output.")
  private boolean quiet;

  @Override
  int ask(KvClient client) throws IOException, InterruptedException {
    String query = prefix == null ? "" : "?prefix=" + KvClient.encoded(prefix);
    var answer = client.open(client.request("/api/v1/backup" + query));
    try (InputStream in = answer.body()) {
      if (codeOf(answer.statusCode()) != 0) {
        return refused(answer.statusCode(), in.readAllBytes());
      }
      if (file.equals("-")) {
        var out =
            new FilterOutputStream(System.out) {
              @Override
              public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
                if (System.out.checkError()) {
                  throw new IOException("standard output cannot be written any more");
                }
              }
            };
        return copy(in, out) ? 0 : ERROR;
      }
      return toFile(in, Path.of(file));
    }
  }

  /**
   * Under another name until it is whole: a broken backup must not take the place of a good one.
   */
  private int toFile(InputStream in, Path target) throws IOException {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    boolean whole = false;
    try (OutputStream out = Files.newOutputStream(part)) {
      whole = copy(in, out);
    } finally {
      if (!whole) {
        Files.deleteIfExists(part);
      }
    }
    if (whole) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
    return whole ? 0 : ERROR;
  }

  private boolean copy(InputStream in, OutputStream out) throws IOException {
    var lines = new BackupLines();
    var progress = new Progress(lines, Clock.system(), quiet);
    String problem = null;
    byte[] chunk = new byte[CHUNK];
    while (problem == null) {
      int length = 0;
      try {
        length = in.read(chunk);
      } catch (IOException e) {
        problem = "the connection was lost (" + e.getMessage() + ")";
      }
      if (length < 0) {
        break;
      }
      out.write(chunk, 0, length);
      lines.take(chunk, 0, length);
      progress.moved();
    }
    problem = problem == null ? lines.problem() : problem;
    if (problem != null) {
      System.err.println("backup is not whole: " + problem);
      return false;
    }
    progress.ended("saved");
    return true;
  }
}
