/**
 * The fault harness: clients on few keys, faults, and checks of what the clients were told.
 *
 * <p>A {@link io.leasehold.app.fault.FaultRun} puts a {@link io.leasehold.app.fault.Load} on a
 * {@link io.leasehold.app.fault.TestCluster}, lets faults happen, and gives the recorded {@link
 * io.leasehold.app.fault.History} to every {@link io.leasehold.app.fault.Check}. {@link
 * io.leasehold.app.fault.Simulation} is there to show that the checks find what they are for.
 */
package io.leasehold.app.fault;
