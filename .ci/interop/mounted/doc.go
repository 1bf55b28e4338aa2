// Package mounted runs the uploadfs binary as a user does, as a process that is
// mounted on a folder, and the field's tools over it: a tool must end with
// status 0 and say nothing on its standard error.
package mounted
