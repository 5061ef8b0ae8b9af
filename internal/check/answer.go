// Package check lets the program look at itself: is the configuration sound, are its
// keys fit, may its role do what it must? Nothing changes by it. The function serves
// it as the action check, the command line adds what only its user may ask.
package check

// Result is what came of one check, or of all.
type Result string

// The results, from good to bad.
const (
	OK      Result = "ok"
	Unknown Result = "unknown" // it could not be found out; the message says what is missing
	Warning Result = "warning" // it works, but somebody should look at it
	Failed  Result = "failed"
)

// Name is a check's fixed identifier.
type Name string

// The checks that the function makes itself.
const (
	ConfigValid     Name = "config.valid"
	ConfigMode      Name = "config.mode"
	ConfigReachable Name = "config.reachable"
	KeyUsable       Name = "key.usable"
	KeyPolicy       Name = "key.policy"
	RoleList        Name = "role.list"
	RoleTags        Name = "role.tags"
	RoleSet         Name = "role.set"
	OwnLogsKey      Name = "own-logs.key"
	MemberRole      Name = "member.role"
)

// Entry is one check.
type Entry struct {
	Check     Name   `json:"check"`
	Result    Result `json:"result"`
	Subject   string `json:"subject,omitempty"` // what was looked at: a key, a rule, a log group
	KMSKeyARN string `json:"kmsKeyArn,omitempty"`
	Message   string `json:"message"`           // one sentence
	Remedy    string `json:"remedy,omitempty"`  // what to do; a command where one does it
	Runbook   string `json:"runbook,omitempty"` // page and heading that tell more
}

// Answer is what all the checks found.
type Answer struct {
	Action  string  `json:"action"` // always "check"
	Account string  `json:"account"`
	Region  string  `json:"region"`
	Version string  `json:"version,omitempty"` // of the program
	Result  Result  `json:"result"`            // the worst
	OK      int     `json:"ok"`
	Warning int     `json:"warnings"`
	Failed  int     `json:"failed"`
	Unknown int     `json:"unknown"`
	Checks  []Entry `json:"checks"`
	// Configuration holds the variables as they were set, rules from a file included
	// as RULES.
	Configuration map[string]string `json:"configuration"`
}

// Add counts an entry in.
func (a *Answer) Add(e Entry) {
	a.Checks = append(a.Checks, e)
	switch e.Result {
	case OK:
		a.OK++
	case Warning:
		a.Warning++
	case Failed:
		a.Failed++
	case Unknown:
		a.Unknown++
	}
	switch {
	case a.Failed > 0:
		a.Result = Failed
	case a.Warning > 0:
		a.Result = Warning
	case a.Unknown > 0:
		a.Result = Unknown
	default:
		a.Result = OK
	}
}
