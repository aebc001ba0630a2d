/** Load on a running server over loopback, and what it measured. */
@NullMarked
package io.leasehold.app.bench;

import org.jspecify.annotations.NullMarked;
