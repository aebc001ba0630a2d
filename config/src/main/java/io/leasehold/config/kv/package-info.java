/** Settings of the key-value store. */
@NullMarked
package io.leasehold.config.kv;

import org.jspecify.annotations.NullMarked;
