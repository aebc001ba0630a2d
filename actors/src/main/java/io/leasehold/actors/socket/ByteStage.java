package io.leasehold.actors.socket;

import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.util.ByteString;

/**
 * One end of a connection as a stage: chunks of bytes in, chunks of bytes out. Its logic is that of
 * a subclass, which is made anew for every connection. Immutable itself; safe for any thread.
 */
public abstract class ByteStage extends GraphStage<FlowShape<ByteString, ByteString>> {
  protected final Inlet<ByteString> in;
  protected final Outlet<ByteString> out;
  protected final FlowShape<ByteString, ByteString> shape;

  /**
   * @param name begins the names of both ports
   */
  protected ByteStage(String name) {
    in = Inlet.create(name + ".in");
    out = Outlet.create(name + ".out");
    shape = FlowShape.of(in, out);
  }

  @Override
  public final FlowShape<ByteString, ByteString> shape() {
    return shape;
  }
}
