package io.leasehold.actors.journal;

import java.util.ArrayList;
import java.util.List;

/** Changes that are lines of text, and a state that is all of them. */
final class TextModel implements GroupModel<String> {
  final List<String> lines = new ArrayList<>();

  @Override
  public void apply(String change) {
    lines.add(change);
  }

  @Override
  public byte[] encode(long firstNumber, List<String> changes) {
    return write(changes);
  }

  @Override
  public List<String> decode(long firstNumber, byte[] bytes) {
    return read(bytes);
  }

  @Override
  public byte[] image() {
    return write(lines);
  }

  @Override
  public void load(byte[] image) {
    lines.addAll(read(image));
  }

  @Override
  public TextModel copy() {
    var copy = new TextModel();
    copy.lines.addAll(lines);
    return copy;
  }

  @Override
  public int size() {
    return lines.size();
  }

  private static byte[] write(List<String> texts) {
    var out = new ByteWriter(64);
    texts.forEach(out::writeString);
    return out.toByteArray();
  }

  private static List<String> read(byte[] bytes) {
    var in = new ByteReader(bytes);
    var texts = new ArrayList<String>();
    while (!in.isAtEnd()) {
      texts.add(in.readString());
    }
    return texts;
  }
}
