/** Settings of the lock service. */
@NullMarked
package io.leasehold.config.lock;

import org.jspecify.annotations.NullMarked;
