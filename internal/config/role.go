package config

import (
	"fmt"
	"strings"
)

// mostPath is IAM's limit for a path, the slashes at both ends included.
const mostPath = 512

// role reads the name of a role.
func (l *loader) role(name string) string {
	value := l.text(name, "")
	if value == "" {
		return ""
	}
	if err := CheckRole(value); err != nil {
		l.fault(name, "%v", err)
	}
	return value
}

// CheckRole finds what is wrong with the name of a role. IAM's path stands before it as it
// does in the role's ARN: security/log-group-kms-member.
func CheckRole(value string) error {
	folders := strings.Split(value, "/")
	last := len(folders) - 1
	good := roleName.fits(folders[last])
	for _, folder := range folders[:last] {
		good = good && folder != "" && consistsOf(folder, roleName.kind)
	}
	switch path := strings.Join(folders[:last], "/"); {
	case !good:
		return fmt.Errorf("%q is not %s", value, roleName.want)
	case len("/"+path+"/") > mostPath:
		return fmt.Errorf("the path before the role's name has more than %d characters", mostPath)
	}
	return nil
}
