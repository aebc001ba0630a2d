package io.leasehold.http.dashboard;

import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The files of the page, read from the archive once. Everything a browser needs is among them: the
 * page asks no other host. Immutable; safe for any thread.
 */
final class Assets {
  private static final String FOLDER = "/io/leasehold/http/dashboard/";
  private static final String CHARTS =
      "/META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final class File {
    final String contentType;
    final ByteString bytes;
    final String tag;

    File(String contentType, byte[] bytes) {
      var checksum = new CRC32C();
      checksum.update(bytes);
      this.contentType = contentType;
      this.bytes = ByteString.fromArrayUnsafe(bytes);
      this.tag = "\"" + Long.toHexString(checksum.getValue()) + "\"";
    }
  }

  private final File page;
  private final Map<String, File> files;

  /** Fails if a file is not in the archive. */
  Assets() {
    page = new File("text/html; charset=utf-8", read(FOLDER + "index.html"));
    files =
        Map.of(
            "dashboard.js", new File(SCRIPT, read(FOLDER + "dashboard.js")),
            "dashboard.css", new File("text/css; charset=utf-8", read(FOLDER + "dashboard.css")),
            "icon.svg", new File("image/svg+xml", read(FOLDER + "icon.svg")),
            "chart.umd.js", new File(SCRIPT, read(CHARTS)));
  }

  private static byte[] read(String resource) {
    try (var in = Assets.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + ": is not in the archive");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpResponse page(@Nullable String knownTag) {
    return response(page, knownTag);
  }

  /**
   * One file.
   *
   * @param knownTag what the browser has, null if it has none
   * @throws Refused if there is no such file
   */
  HttpResponse file(String name, @Nullable String knownTag) {
    var file = files.get(name);
    if (file == null) {
      throw new Refused(Answer.Problem.NO_SUCH_ROUTE, "nothing is at this path");
    }
    return response(file, knownTag);
  }

  private static HttpResponse response(File file, @Nullable String knownTag) {
    boolean known = knownTag != null && knownTag.contains(file.tag);
    HttpResponse response =
        known
            ? HttpResponse.create()
                .withStatus(StatusCodes.NOT_MODIFIED)
                .withEntity(HttpEntities.EMPTY)
            : HttpResponse.create()
                .withEntity(HttpEntities.create(ContentTypes.parse(file.contentType), file.bytes));
    return response
        .addHeader(RawHeader.create("ETag", file.tag))
        .addHeader(RawHeader.create("Cache-Control", "no-cache"))
        .addHeader(RawHeader.create("Content-Security-Policy", "default-src 'self'"))
        .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"))
        .addHeader(RawHeader.create("X-Frame-Options", "DENY"))
        .addHeader(RawHeader.create("Referrer-Policy", "no-referrer"));
  }
}
