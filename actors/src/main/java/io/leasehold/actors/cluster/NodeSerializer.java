package io.leasehold.actors.cluster;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.io.NotSerializableException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of messages that travel between nodes. A manifest names one form of one message; a new
 * form gets a new manifest, so that nodes of two releases can talk. Subclasses name their forms
 * while they are made; after that it is safe for any thread.
 */
public abstract class NodeSerializer extends SerializerWithStringManifest {
  private static final int USUAL_BYTES = 256;

  /** Writes one message. */
  protected interface Writing<T> {
    void to(ByteWriter out, T message);
  }

  /** Reads what the writing of the same form has written. */
  protected interface Reading<T> {
    T from(ByteReader in);
  }

  private record Form<T>(
      String manifest, Class<T> type, ToIntFunction<T> bytes, Writing<T> write, Reading<T> read) {
    byte[] written(Object message) {
      T typed = type.cast(message);
      var out = new ByteWriter(bytes.applyAsInt(typed));
      write.to(out, typed);
      return out.toByteArray();
    }
  }

  private final int identifier;
  private final ActorRefResolver refs;
  private final Map<Class<?>, Form<?>> byType = new HashMap<>();
  private final Map<String, Form<?>> byManifest = new HashMap<>();

  /**
   * @param identifier on the wire between nodes: never changes
   */
  protected NodeSerializer(ExtendedActorSystem system, int identifier) {
    this.identifier = identifier;
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  /**
   * Names a form.
   *
   * @param type of the message itself, not one above it
   */
  protected final <T> void form(String manifest, Class<T> type, Writing<T> write, Reading<T> read) {
    form(manifest, type, message -> USUAL_BYTES, write, read);
  }

  /**
   * The same for messages that may be large.
   *
   * @param bytes about how many a message will have
   */
  protected final <T> void form(
      String manifest, Class<T> type, ToIntFunction<T> bytes, Writing<T> write, Reading<T> read) {
    var form = new Form<>(manifest, type, bytes, write, read);
    if (byType.put(type, form) != null || byManifest.put(manifest, form) != null) {
      throw new IllegalArgumentException(manifest + ", " + type.getName() + ": named twice");
    }
  }

  protected final void writeRef(ByteWriter out, ActorRef<?> ref) {
    out.writeString(refs.toSerializationFormat(ref));
  }

  protected final <T> ActorRef<T> readRef(ByteReader in) {
    return refs.resolveActorRef(in.readString());
  }

  protected static void writeFlag(ByteWriter out, boolean flag) {
    out.writeByte(flag ? 1 : 0);
  }

  protected static boolean readFlag(ByteReader in) {
    return in.readByte() != 0;
  }

  @Override
  public final int identifier() {
    return identifier;
  }

  @Override
  public final String manifest(Object message) {
    return formOf(message).manifest();
  }

  @Override
  public final byte[] toBinary(Object message) {
    return formOf(message).written(message);
  }

  private Form<?> formOf(Object message) {
    Form<?> form = byType.get(message.getClass());
    if (form == null) {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return form;
  }

  @Override
  public final Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    Form<?> form = byManifest.get(manifest);
    if (form == null) {
      throw new NotSerializableException(
          "manifest " + manifest + ": unknown to this version, it is of a newer one");
    }
    return form.read().from(new ByteReader(bytes));
  }
}
