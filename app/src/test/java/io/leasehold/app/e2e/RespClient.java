package io.leasehold.app.e2e;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Speaks the protocol of Redis in bytes: what was answered, as it stands on the wire. */
final class RespClient {
  private final InputStream in;
  private final OutputStream out;

  RespClient(InputStream in, OutputStream out) {
    this.in = new BufferedInputStream(in);
    this.out = out;
  }

  byte[] ask(List<String> command) throws IOException {
    return askAll(List.of(command));
  }

  /** The replies to all of them, sent together. */
  byte[] askAll(List<List<String>> commands) throws IOException {
    var request = new StringBuilder();
    for (List<String> command : commands) {
      request.append('*').append(command.size()).append("\r\n");
      command.forEach(
          each -> request.append('$').append(each.length()).append("\r\n" + each + "\r\n"));
    }
    out.write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    var replies = new ByteArrayOutputStream();
    for (int i = 0; i < commands.size(); i++) {
      readReply(replies);
    }
    return replies.toByteArray();
  }

  private void readReply(ByteArrayOutputStream reply) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) {
        throw new EOFException("behind " + line + " of " + reply);
      }
      line.write(each);
    }
    line.write('\n');
    reply.writeBytes(line.toByteArray());
    String text = line.toString(StandardCharsets.ISO_8859_1).strip();
    char kind = text.charAt(0);
    int count = "*$%~>".indexOf(kind) < 0 ? -1 : Integer.parseInt(text.substring(1));
    if (kind == '$' && count >= 0) {
      reply.writeBytes(in.readNBytes(count + 2));
    }
    int items = kind == '%' ? 2 * count : count;
    for (int i = 0; kind != '$' && i < items; i++) {
      readReply(reply);
    }
  }
}
