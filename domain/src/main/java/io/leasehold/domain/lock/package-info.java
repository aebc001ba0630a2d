/** The rules of TTL locks and semaphores, and the pictures of them that monitoring shows. */
@NullMarked
package io.leasehold.domain.lock;

import org.jspecify.annotations.NullMarked;
