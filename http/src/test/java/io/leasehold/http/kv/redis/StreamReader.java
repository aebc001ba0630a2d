package io.leasehold.http.kv.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** A stream of events that is open, read line by line. */
final class StreamReader implements AutoCloseable {
  final HttpResponse<InputStream> response;
  private final BufferedReader lines;

  StreamReader(HttpResponse<InputStream> response) {
    this.response = response;
    this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /** The next event as it stands, without what shows that the stream is alive. */
  String next() throws IOException {
    var event = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty() && event.length() > 0) {
        return event.toString();
      }
      if (!line.isEmpty() && !line.startsWith(":")) {
        event.append(event.length() > 0 ? "\n" : "").append(line);
      }
    }
    return "end";
  }

  String line() throws IOException {
    return String.valueOf(lines.readLine());
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
