package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A list with two ends and random access, in one array that is used round. Elements at its ends
 * come and go in one step, in the middle in as many as there are behind. Confined to whoever owns
 * it.
 */
final class Ring {
  private static final int SMALLEST = 8;

  private @Nullable Bytes[] elements = new Bytes[SMALLEST];
  private int head;
  private int size;

  int size() {
    return size;
  }

  private int slot(int index) {
    return (head + index) & (elements.length - 1); // the length is a power of two
  }

  /**
   * @param index 0..size - 1
   */
  Bytes get(int index) {
    return Objects.requireNonNull(elements[slot(index)]);
  }

  /** Returns what was there. */
  Bytes set(int index, Bytes value) {
    Bytes before = get(index);
    elements[slot(index)] = value;
    return before;
  }

  void addFirst(Bytes value) {
    resizeFor(size + 1);
    head = slot(-1);
    size++;
    elements[head] = value;
  }

  void addLast(Bytes value) {
    resizeFor(size + 1);
    size++;
    elements[slot(size - 1)] = value;
  }

  Bytes removeFirst() {
    Bytes value = get(0);
    elements[head] = null;
    head = slot(1);
    size--;
    resizeFor(size);
    return value;
  }

  Bytes removeLast() {
    Bytes value = get(size - 1);
    elements[slot(size - 1)] = null;
    size--;
    resizeFor(size);
    return value;
  }

  /**
   * @param index 0..size, of the new element
   */
  void insert(int index, Bytes value) {
    addLast(value);
    for (int i = size - 1; i > index; i--) {
      elements[slot(i)] = elements[slot(i - 1)];
    }
    elements[slot(index)] = value;
  }

  void removeAt(int index) {
    for (int i = index; i < size - 1; i++) {
      elements[slot(i)] = elements[slot(i + 1)];
    }
    removeLast();
  }

  private void resizeFor(int wanted) {
    int length = elements.length;
    if (wanted > length) {
      resize(length * 2);
    } else if (length > SMALLEST && wanted < length / 4) {
      resize(length / 2);
    }
  }

  private void resize(int length) {
    @Nullable Bytes[] resized = new Bytes[length];
    for (int i = 0; i < size; i++) {
      resized[i] = elements[slot(i)];
    }
    elements = resized;
    head = 0;
  }
}
