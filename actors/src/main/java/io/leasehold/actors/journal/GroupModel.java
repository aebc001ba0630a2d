package io.leasehold.actors.journal;

import java.util.List;

/**
 * What a journal keeps: how its changes are written, and the state that they add up to. Confined to
 * one actor.
 *
 * @param <C> one change
 */
public interface GroupModel<C> {

  /** Takes a committed change into the state. */
  void apply(C change);

  /** Takes the committed changes of a group into the state. */
  default void applyAll(List<C> changes) {
    for (C change : changes) {
      apply(change);
    }
  }

  /** A group of numbered changes in bytes; the first change has the number {@code firstNumber}. */
  byte[] encode(long firstNumber, List<C> changes);

  /** The reverse of {@link #encode}. */
  List<C> decode(long firstNumber, byte[] bytes);

  /** The whole state in bytes. */
  byte[] image();

  /** Replaces the state, which is empty, by what {@link #image} wrote. */
  void load(byte[] image);

  /** The same state again, independent of this one. Cost: one step an entry, no bytes. */
  GroupModel<C> copy();

  /** How many entries the state has: a snapshot costs about as much as so many changes. */
  int size();
}
